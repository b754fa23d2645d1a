# A status as a number.
s() {
	"$@"
	set -- $?
	[ "$1" = 2 ] && set -- -1
	printf %s "$1"
}

Info "$(s NetBlockIp)"
Info "$(s NetBlockIp 203.0.113.7) $(s NetBlockIp 203.0.113.8) $(s NetBlockIp 2001:db8::53)"
Info "$(s NetBlockIp) $(Errno)"
