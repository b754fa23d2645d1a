(yes >&2 &) ; (yes &); sleep 1000
