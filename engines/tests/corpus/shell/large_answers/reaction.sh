DataSet k "$(head -c 200000 /dev/zero | tr '\0' x)"
n=0
while [ $n -lt 100 ] && [ "$(DataGet k | wc -c)" -eq 200001 ]; do n=$((n + 1)); done
echo $n
