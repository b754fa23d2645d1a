for n in 1 2 3; do Info "$n"; done
