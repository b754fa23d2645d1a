ulimit -n 1000000 2>/dev/null
ulimit -u unlimited 2>/dev/null
ulimit -f unlimited 2>/dev/null
ulimit -v unlimited 2>/dev/null
head -c 1000000000 /dev/zero > large 2>/dev/null
size=$(wc -c < large)
[ "$size" -lt 1000000000 ] && Info bounded
