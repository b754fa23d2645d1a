text=$(head -c 1000000 /dev/zero | tr '\0' x)
Info "$(seq 100000 | wc -l) ${#text}"
