# A status as a number.
s() {
	"$@"
	set -- $?
	[ "$1" = 2 ] && set -- -1
	printf %s "$1"
}
dir=$(printf '%s' "$REACTION_DATA" | sed 's/.*"dir":"\([^"]*\)".*/\1/')

Info "$(s RemoveDir /tmp)"
Info "$(s RemoveDir /tmp/)"
Info "$(s RemoveDir /etc)"
Info "$(s RemoveDir /)"
Info "$(s RemoveDir "$dir/a.txt")"
Info "$(s RemoveDir "$dir/link")"
Info "$(s RemoveDir "$dir/absent")"
Info "$(Stat "$dir/sub" | sed 's/.*"mode":"\([^"]*\)".*/\1/') $(ReadFile "$dir/a.txt")"
