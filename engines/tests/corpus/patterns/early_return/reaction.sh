# A status as a number.
s() {
	"$@"
	set -- $?
	[ "$1" = 2 ] && set -- -1
	printf %s "$1"
}

cmd=$(printf '%s' "$REACTION_DATA" | sed -n 's/.*"cmd":"\([^"]*\)".*/\1/p')
if [ -z "$cmd" ]; then
	Info 'nothing to act on'
	exit
fi
case $cmd in
*wget* | *curl* | *'nc '* | *'bash -i'*) ;;
*) exit 0 ;;
esac
DataSet last "$(Now)"
count=$(DataIncr count)
Info "suspicious $cmd, count $count"
if [ "$count" -gt 1 ]; then
	Warn "escalating $(s NetBlockIp)"
fi
