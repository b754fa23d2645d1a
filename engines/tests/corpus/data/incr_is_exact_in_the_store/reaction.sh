DataIncr n >/dev/null
Info "$(DataGet n)"
