# A status as a number.
s() {
	"$@"
	set -- $?
	[ "$1" = 2 ] && set -- -1
	printf %s "$1"
}
tell() { Info "$1 $(Errno)"; }

for ip in 127.0.0.1 127.1.2.0/24 ::1 ::ffff:127.0.0.1 0.0.0.0 :: 224.0.0.1 ff02::1 0.0.0.0/0 ::/0 192.0.2.5 192.0.2.7/24 10.1.2.3 8.0.0.0/6; do
	tell "$(s NetBlockIp "$ip")"
done
