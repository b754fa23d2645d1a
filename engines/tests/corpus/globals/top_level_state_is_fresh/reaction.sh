counter=$((${counter-0} + 1))
LIST=${LIST-a}
Info "$counter $LIST $(ls | wc -l) $(cat seen 2>/dev/null | wc -l)"
LIST=$LIST,b
export counter LIST
echo k >seen
