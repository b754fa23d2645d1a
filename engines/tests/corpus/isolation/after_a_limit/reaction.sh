Info "${state-fresh}"
state=spoilt
export state
echo x >"$HOME/left"
while :; do DataHasKey k >/dev/null; done
