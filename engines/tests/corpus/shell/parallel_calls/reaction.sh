for job in 1 2 3 4 5 6 7 8; do
	(
		for n in $(seq 50); do
			DataIncr total >/dev/null
			DataSet "k$job" "$job.$n"
			[ "$(DataGet "k$job")" = "$job.$n" ] || DataSet wrong "$job.$n"
		done
	) &
done
wait
[ "$(DataHasKey wrong)" = false ] && echo right
DataGet total | cat
