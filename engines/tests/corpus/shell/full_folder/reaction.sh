head -c 1000000000 /dev/zero >big 2>/dev/null
i=0
while [ $i -lt 20000 ]; do : >"f$i" || break; i=$((i + 1)); done 2>/dev/null
DataSet k v
rm -f big
