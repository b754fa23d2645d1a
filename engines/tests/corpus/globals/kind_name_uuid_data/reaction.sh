type=$(printf '%s' "$REACTION_DATA" | sed 's/.*"event_type":"\([a-z_]*\)".*/\1/')
Info "$REACTION_KIND $REACTION_NAME $REACTION_UUID $type"
[ "$(cat)" = "$REACTION_DATA" ] && same=true
Info "$same $(sed 's/.*"pid":\([0-9]*\).*/\1/' "$REACTION_DATA_FILE")"
