# Runs before and after each case on the same worker, and says `pristine` where its world is its own and new.
wrong=
check() { "$@" || wrong="$wrong [$*]"; }
check test "$REACTION_KIND $REACTION_NAME" = 'probe probe'
check test -z "$(ls -A .)"
check test "$(stat -c %a .)" = 700
check test "$(cat)" = "$REACTION_DATA"
check test "$(cat "$REACTION_DATA_FILE")" = "$REACTION_DATA"
check test "$(Errno)" = ''
check test -z "${LEAKED-}"
check test "$(printf '%s\n' "$REACTION_DATA" | grep -c "\"uuid\":\"$REACTION_UUID\"")" = 1
if [ -n "$wrong" ]; then
	echo "not pristine:$wrong"
	exit 1
fi
echo pristine
