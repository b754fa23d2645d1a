dir=$(printf '%s' "$REACTION_DATA" | sed 's/.*"dir":"\([^"]*\)".*/\1/')

Info "$(ReadFile "$dir/latin1")"
