echo before
sleep 1000 &
kill -9 0
echo after
