set -euCf
IFS=aeiou0123456789.
umask 077
DataSet k v
DataGet k
DataSet k || first=$?
ReadFile /absent || second=$?
echo "$first" "$second"
trap 'echo end' EXIT
