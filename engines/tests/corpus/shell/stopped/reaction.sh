echo before
kill -STOP $$
echo after
