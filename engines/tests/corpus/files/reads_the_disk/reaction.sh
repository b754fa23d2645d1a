# A status as a number.
s() {
	"$@"
	set -- $?
	[ "$1" = 2 ] && set -- -1
	printf %s "$1"
}
dir=$(printf '%s' "$REACTION_DATA" | sed 's/.*"dir":"\([^"]*\)".*/\1/')

Info "$(ReadFile "$dir/a.txt")"
Info "$(ReadFile "$dir/ü.txt")"
before=$(Stat "$dir/a.txt")
Info "$(s WriteFile "$dir/a.txt" replaced) $(ReadFile "$dir/a.txt")"
Info "$(printf '%s' "$before" | sed 's/.*"size":\([0-9]*\).*/\1/') $(printf '%s' "$before" | sed 's/.*"mode":"\([^"]*\)".*/\1/')"
