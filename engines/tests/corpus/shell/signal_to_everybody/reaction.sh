sleep 1000 &
other=$!
trap '' TERM
kill -TERM -1
status=$?
wait $other
DataSet after "$status $?"
