Info "$(sed 's/.*"event_type":"\([a-z_]*\)".*/\1/')"
