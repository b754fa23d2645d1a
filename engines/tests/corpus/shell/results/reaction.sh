dir=$(sed 's/.*"dir":"\([^"]*\)".*/\1/')
tell() { text=$("$@"); echo "status $? [$text]"; }

tell DataSet word many
tell DataSet k
tell DataIncr n
tell DataIncr word
tell DataHasKey absent
tell ReadFile "$dir/a.txt"
tell ReadFile "$dir/absent"
tell Stat "$dir/a.txt"
tell Stat "$dir/absent"
DataClear
tell DataKeys
tell DataGet absent
tell Info
tell NetUnblockIp 203.0.113.7
