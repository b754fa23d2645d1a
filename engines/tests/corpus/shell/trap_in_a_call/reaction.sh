trap 'case $(DataGet inner) in in | "") ;; *) DataSet wrong inner ;; esac; DataSet inner in' USR1
DataSet inner in
DataSet outer out
(for n in $(seq 100); do kill -USR1 $$; sleep 0.002; done) &
other=$!
while kill -0 $other 2>/dev/null; do
	got=$(DataGet outer)
	# A signal may interrupt a call, which then fails; it never gives another's answer.
	case $got in out | '') ;; *) DataSet wrong "$got" ;; esac
done
[ "$(DataHasKey wrong)" = false ] && echo right
