broken=$(printf 'line\nbreak\001')
DataPush l 'a "quoted" \ one'
DataPush l "$broken"
DataPush l 'ü🦀'
list=$(DataGet l)
got=3
for each in '"a \"quoted\" \\ one"' '"line\nbreak\u0001"' '"ü🦀"'; do
	case $list in
	*"$each"*) got="$got true" ;;
	*) got="$got false" ;;
	esac
done
Info "$got"
