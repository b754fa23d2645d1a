# A status as a number.
s() {
	"$@"
	set -- $?
	[ "$1" = 2 ] && set -- -1
	printf %s "$1"
}

Info "$(DataIsEmpty) $(DataKeys) $(DataValues) $(DataSize)"
DataSet b 2
DataSet a 1
DataPush l x
DataPush l y
Info "$(DataIsEmpty) $(DataKeys) $(DataValues) $(DataSize)"
Info "$(DataHasKey a) $(DataHasKey c) $(DataHasValue 2) $(DataHasValue x) $(DataHasValue '["x","y"]')"
Info "$(DataGet l)"
Info "$(s DataClear) $(DataIsEmpty) $(DataSize)"
