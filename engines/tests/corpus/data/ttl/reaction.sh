# A status as a number.
s() {
	"$@"
	set -- $?
	[ "$1" = 2 ] && set -- -1
	printf %s "$1"
}

case $REACTION_DATA in
*'"timestamp":"2026-01-01T00:00:00Z"'*) Info "$(s DataSetTtl k v 10)" ;;
esac
Info "$(DataHasKey k) $(DataGet k) $(DataSize) $(DataKeys) $(DataValues) $(DataHasValue v)"
