# A status as a number.
s() {
	"$@"
	set -- $?
	[ "$1" = 2 ] && set -- -1
	printf %s "$1"
}
tell() { Info "$1 $(Errno)"; }
dir=$(printf '%s' "$REACTION_DATA" | sed 's/.*"dir":"\([^"]*\)".*/\1/')

tell "$(s WriteFile "$dir/none/x" y)"
tell "$(s WriteFile "$dir/sub" y)"
tell "$(s WriteFile "$dir/pipe" y)"
tell "$(s WriteFile "$dir/link" y)"
tell "$(s AppendFile "$dir/link" y)"
tell "$(s WriteFile "$dir/target/x" y)"
tell "$(s WriteFile /proc/self/comm y)"
tell "$(s AppendFile /sys/x y)"
tell "$(s WriteFile /dev/null y)"
tell "$(s WriteFile /dev/shm/x y)"
