# A status as a number.
s() {
	"$@"
	set -- $?
	[ "$1" = 2 ] && set -- -1
	printf %s "$1"
}
dir=$(printf '%s' "$REACTION_DATA" | sed 's/.*"dir":"\([^"]*\)".*/\1/')

nl='
'
path=$dir/new.log
one=$(s AppendFile "$path" "one$nl")
two=$(s AppendFile "$path" "two$nl")
Info "$one $two $(ReadFile "$path")$nl"
Info "$(s AppendFile "$dir/old.log" "new$nl") $(ReadFile "$dir/old.log")$nl"
