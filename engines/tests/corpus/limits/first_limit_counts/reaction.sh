Info 1
Info 2
Info 3
while :; do :; done
