# A status as a number.
s() {
	"$@"
	set -- $?
	[ "$1" = 2 ] && set -- -1
	printf %s "$1"
}
dir=$(printf '%s' "$REACTION_DATA" | sed 's/.*"dir":"\([^"]*\)".*/\1/')

Info "$(ReadFile "$dir/open/a.txt")"
Info "[$(ReadFile "$dir/shut.txt")]"
Info "[$(ReadFile "$dir/open/way")]"
Info "$(Stat "$dir/shut.txt" || echo null)"
Info "$(s WriteFile "$dir/open/x.log" y)"
Info "$(s WriteFile "$dir/open/x.txt" y)"
Info "$(s WriteFile "$dir/x.log" y)"
Info "$(s AppendFile "$dir/open/sub/x.log" y)"
