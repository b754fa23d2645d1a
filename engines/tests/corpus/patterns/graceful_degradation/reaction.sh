KillCurrent || Warn "kill: $(Errno)"
[ -n "$(CreateTempDir 'case-*')" ] || Warn "folder: $(Errno)"
DataSet k v || Warn "note: $(Errno)"
