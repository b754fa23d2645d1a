# A status as a number.
s() {
	"$@"
	set -- $?
	[ "$1" = 2 ] && set -- -1
	printf %s "$1"
}
tell() { Info "$1 $(Errno)"; }

DataSet t text
DataPush l member
tell "$(s DataPush t x)"
tell "[$(DataPop t)]"
tell "$(DataIncr l || echo null)"
tell "$(DataCas l '' x)"
Info "$(s DataSet l 'now text') $(DataGet l)"
