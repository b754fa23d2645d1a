# A status as a number.
s() {
	"$@"
	set -- $?
	[ "$1" = 2 ] && set -- -1
	printf %s "$1"
}

Info "[$(ReadFile /etc/passwd)] $(Stat /etc/passwd || echo null) $(s WriteFile /tmp/x y) $(s AppendFile /tmp/x y) [$(CreateTempDir)] $(s RemoveDir /tmp/x)"
Info "$(Errno)"
