plain=$(CreateTempDir)
named=$(CreateTempDir 'incident-*')
again=$(CreateTempDir 'incident-*')
is() { if "$@"; then echo true; else echo false; fi; }
begins() { case $1 in "$2"*) ;; *) return 1 ;; esac; }
stat=$(Stat "$named")
Info "$(is begins "$plain" /tmp/reactant-) $(is begins "$named" /tmp/incident-) $(is test "$named" != "$again") $(printf '%s' "$stat" | sed 's/.*"mode":"\([^"]*\)".*/\1/') $(printf '%s' "$stat" | sed 's/.*"isDir":\([a-z]*\).*/\1/')"
Info "[$(Errno)]"
