while :; do DataHasKey k >/dev/null; done
