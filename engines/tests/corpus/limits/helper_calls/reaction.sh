n=0
while :; do
	n=$((n + 1))
	Info "$n"
done
