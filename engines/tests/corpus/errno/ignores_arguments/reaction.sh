for n in $(seq 100); do Errno x y >/dev/null; done
Info "[$(Errno 1)] $(Now x) $(NowMillis y)"
