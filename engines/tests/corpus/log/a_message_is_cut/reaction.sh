Info "$(printf 'x%.0s' $(seq 9000))"
Info "$(printf 'ü%.0s' $(seq 9000))"
