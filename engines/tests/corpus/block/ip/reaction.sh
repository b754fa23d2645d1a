# A status as a number.
s() {
	"$@"
	set -- $?
	[ "$1" = 2 ] && set -- -1
	printf %s "$1"
}

Info "$(s NetBlockIp 203.0.113.7) [$(Errno)]"
Info "$(s NetBlockIp 203.0.113.7) $(Errno)"
Info "$(s NetBlockIp 2001:db8::1) $(s NetBlockIp 198.51.100.0/24) $(s NetBlockIp 2001:db9::/32)"
Info "$(s NetBlockIp 198.51.100.77) $(s NetBlockIp ::ffff:203.0.113.7)"
