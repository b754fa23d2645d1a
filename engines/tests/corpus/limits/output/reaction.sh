text=$(head -c 300 /dev/zero | tr '\0' x)
for n in 1 2 3 4 5 6 7 8 9 10; do Info "$text"; done
