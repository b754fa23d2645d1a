[ -n "$REACTION_DATA" ] || exit 1
path=$(printf '%s' "$REACTION_DATA" | sed 's/.*"file":{"file":"\([^"]*\)".*/\1/')
case $REACTION_DATA in *'"lossy":true'*) lossy=true ;; esac
Info "$path $lossy false"
