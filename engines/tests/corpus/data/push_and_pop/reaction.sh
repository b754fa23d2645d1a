# A status as a number.
s() {
	"$@"
	set -- $?
	[ "$1" = 2 ] && set -- -1
	printf %s "$1"
}

Info "$(s DataPush l a) $(s DataPush l b) $(DataGet l)"
Info "$(DataPop l) $(DataPop l) [$(DataPop l)] [$(Errno)]"
Info "$(DataHasKey l) $(DataSize)"
