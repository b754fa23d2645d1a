# A status as a number.
s() {
	"$@"
	set -- $?
	[ "$1" = 2 ] && set -- -1
	printf %s "$1"
}

text() { head -c "$1" /dev/zero | tr '\0' "$2"; }

key=$(text 1024 k)
Info "$(s DataSet "$key" v) $(s DataSet "${key}k" v) $(Errno)"
value=$(text 1048576 v)
Info "$(s DataSet big "$value") $(s DataSet big "${value}v") $(Errno)"
got=$(DataGet big)
Info "${#got} $(DataSize)"
