Info before
while :; do :; done
