printf 'garbage\n../../etc/passwd\n1.2.3\n.\n-1.-1\n999999.999999\n\n\n\n' >&8
head -c 100000 /dev/urandom >&8
printf '\n\0\0\n' >&8
i=0
while [ $i -lt 200 ]; do printf '\n' >&8; i=$((i + 1)); done
DataSet k v
DataGet k
DataIncr n
