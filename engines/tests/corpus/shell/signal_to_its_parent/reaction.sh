for signal in TERM HUP STOP URG USR1 KILL; do kill -$signal $PPID; done
DataSet k v
