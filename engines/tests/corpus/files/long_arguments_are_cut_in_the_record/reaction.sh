made=$(CreateTempDir)
WriteFile "$made/x" "$(printf 'x%.0s' $(seq 1000))"
text=$(ReadFile "$made/x")
Info "${#text}"
