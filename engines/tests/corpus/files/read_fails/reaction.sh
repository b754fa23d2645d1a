dir=$(printf '%s' "$REACTION_DATA" | sed 's/.*"dir":"\([^"]*\)".*/\1/')

tell() { Info "[$(ReadFile "$1")] $(Errno)"; }

tell "$dir/absent"
tell "$dir/none/x"
tell "$dir/fits/x"
tell "$dir/sub"
tell "$dir/pipe"
tell /dev/null
tell "$dir/big"
ReadFile "$dir/fits" | tr -d '\n' | wc -c
ReadFile "$dir/link" | tr -d '\n' | wc -c
