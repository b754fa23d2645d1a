if ! (exit 3) 2>/dev/null; then Info 'caught broken'; fi
trap 'Info cleaned' EXIT
