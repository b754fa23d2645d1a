echo 1
Info 2
echo 3 >&2
Info 4
echo 5
