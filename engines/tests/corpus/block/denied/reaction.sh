# A status as a number.
s() {
	"$@"
	set -- $?
	[ "$1" = 2 ] && set -- -1
	printf %s "$1"
}

Info "$(s NetBlockIp 203.0.113.7) $(s NetBlockIpTimer 203.0.113.7 60) $(s NetUnblockIp 203.0.113.7) $(s NetBlockDomain) $(s NetUnblockDomain evil.example) $(Errno)"
