metadata=$(grep -o '"metadata":{[^}]*}' "$REACTION_DATA_FILE")
Info "$(printf '%s\n' "$metadata" | head -1 | cut -c12-)"
Info "$REACTION_KIND $REACTION_NAME $([ "$(printf '%s\n' "$metadata" | sort -u | wc -l)" = 1 ] && echo true)"
