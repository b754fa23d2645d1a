sleep 1000 &
setsid sleep 1000 &
(setsid sh -c 'trap "" TERM HUP INT; (sleep 1000 & sleep 1000) & sleep 1000' &)
nohup sleep 1000 >/dev/null 2>&1 &
echo done
