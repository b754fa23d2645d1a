# A status as a number.
s() {
	"$@"
	set -- $?
	[ "$1" = 2 ] && set -- -1
	printf %s "$1"
}
dir=$(printf '%s' "$REACTION_DATA" | sed 's/.*"dir":"\([^"]*\)".*/\1/')

path=$dir/new.txt
field() { printf '%s' "$stat" | sed "s/.*\"$1\":\"\{0,1\}\([^,\"}]*\).*/\1/"; }
Info "$(s WriteFile "$path" content) $(ReadFile "$path")"
stat=$(Stat "$path")
Info "$(field size) $(field mode) $(field isDir) $(field modTime)"
Info "$(s WriteFile "$path" other) $(ReadFile "$path")"
Info "[$(Errno)]"
