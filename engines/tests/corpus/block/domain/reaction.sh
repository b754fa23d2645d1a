# A status as a number.
s() {
	"$@"
	set -- $?
	[ "$1" = 2 ] && set -- -1
	printf %s "$1"
}

Info "$(s NetBlockDomain evil.example) $(s NetBlockDomain Evil.EXAMPLE.) $(s NetBlockDomain sub.evil.example) $(s NetBlockDomain notevil.example)"
Info "$(s NetBlockDomain evil.example) $(Errno)"
Info "$(s NetUnblockDomain notevil.example) $(s NetBlockDomain notevil.example)"
