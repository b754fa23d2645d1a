# A status as a number.
s() {
	"$@"
	set -- $?
	[ "$1" = 2 ] && set -- -1
	printf %s "$1"
}

DataPush one
DataSet k v
Info "$(s DataClear) [$(DataPop)]"
