# A status as a number.
s() {
	"$@"
	set -- $?
	[ "$1" = 2 ] && set -- -1
	printf %s "$1"
}

Info "$(s KillCurrent) $(Errno)"
Info "$(s KillProcess 5000) $(Errno)"
