trap 'echo again; sleep 1000' TERM INT HUP QUIT USR1 USR2 ALRM XCPU EXIT
while :; do sleep 1000; done
