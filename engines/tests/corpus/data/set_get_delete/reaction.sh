# A status as a number.
s() {
	"$@"
	set -- $?
	[ "$1" = 2 ] && set -- -1
	printf %s "$1"
}

Info "$(s DataSet k v) $(DataGet k) $(s DataSet k w) $(DataGet k)"
Info "[$(DataGet absent)] $(Errno)"
DataSet gone 1
Info "$(s DataDelete gone) $(s DataDelete gone) [$(DataGet gone)]"
