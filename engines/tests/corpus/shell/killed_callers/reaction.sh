for round in 1 2 3 4 5 6 7 8; do
	(while :; do DataHasKey k >/dev/null; done) &
	one=$!
	(while :; do DataHasKey k >/dev/null; done) &
	two=$!
	DataIncr n >/dev/null
	kill -9 $one $two
	DataSet "r$round" "$round"
done
echo "still $(DataGet n)"
