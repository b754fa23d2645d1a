case $REACTION_DATA in
*'"timestamp":"2026-01-01T00:00:00Z"'*) for n in $(seq 0 1004); do echo "$n"; done ;;
*) Info again ;;
esac
