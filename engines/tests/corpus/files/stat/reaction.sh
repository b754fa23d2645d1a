dir=$(printf '%s' "$REACTION_DATA" | sed 's/.*"dir":"\([^"]*\)".*/\1/')

field() { printf '%s' "$1" | sed "s/.*\"$2\":\"\{0,1\}\([^,\"}]*\).*/\1/"; }

file=$(Stat "$dir/a.txt")
field "$file" modTime | grep -Eq '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z$' && good=true
Info "$(field "$file" size) $(field "$file" mode) $(field "$file" isDir) $good"
folder=$(Stat "$dir/sub")
Info "$(field "$folder" mode) $(field "$folder" isDir)"
Info "$(Stat "$dir/absent" || echo null) $(Errno)"
Info "$(printf '%s\n' "$file" | grep -o '"[a-zA-Z]*":' | tr -d '":' | LC_ALL=C sort | paste -sd, -)"
