#!/bin/sh
# Counts what talks to a peer; from the third time on blocks the peer for an hour and kills the process.
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$REACTION_DATA_FILE"; }
exe=$(field exe)
address=$(field 'remote":{"address')
count=$(DataIncr "seen:$address" 3)
Warn "$exe talks to $address ($count)"
[ "$count" -lt 3 ] && exit
NetBlockIpTimer "$address" 3600 || [ $? -eq 1 ] || Error "$(Errno)"
KillCurrent || [ $? -eq 1 ] || Error "$(Errno)"
AppendFile /tmp/reactant-blocked.log "$address
"
