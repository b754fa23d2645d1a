# A status as a number.
s() {
	"$@"
	set -- $?
	[ "$1" = 2 ] && set -- -1
	printf %s "$1"
}

NetBlockIp 203.0.113.7
Info "$(s NetBlockIp 203.0.113.7) [$(Errno)]"
Info "$(s NetBlockIp 203.0.113.8) [$(Errno)]"
