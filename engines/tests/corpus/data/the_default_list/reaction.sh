# A status as a number.
s() {
	"$@"
	set -- $?
	[ "$1" = 2 ] && set -- -1
	printf %s "$1"
}

Info "$(s DataPush one) $(s DataPush two)"
Info "$(DataIsEmpty) $(DataSize) $(DataKeys) $(DataValues) $(DataHasValue one)"
Info "$(DataPop) $(DataPop) [$(DataPop)] [$(Errno)]"
