round() {
	DataSet k "$1"
	got=$(DataGet k; echo .)
	if [ "$got" = "$1
." ]; then echo same; else echo "differs: $got"; fi
}

round "$(printf ' a\\b\\n%%s\t"%s" $(x) `y` \001\r\033 \n\n  ü🦀 *  ' "'")"
round '
'
round '-n \c \0101 --'
round "$(seq 20000)"
DataPush list ''
DataPush list '?
'
DataPush list '='
DataGet list | grep -o '"[^"]*"' | wc -l
