# A status as a number.
s() {
	"$@"
	set -- $?
	[ "$1" = 2 ] && set -- -1
	printf %s "$1"
}

Info "$(s DataSet k w) [$(DataGet k)] $(s DataDelete k) $(DataHasKey k) $(DataHasValue v) $(DataIsEmpty)"
Info "$(DataKeys) $(DataValues) $(DataSize) $(s DataClear) $(s DataPush v) [$(DataPop)]"
Info "$(DataIncr k || echo null) $(s DataSetTtl k v 5) $(DataCas k v w)"
Info "$(Errno)"
