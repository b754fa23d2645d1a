calls=$_reactant_calls
ln -s /etc/passwd "$calls/9.1"
mkfifo "$calls/9.2"
mkdir "$calls/9.3"
head -c 5000000 /dev/zero >"$calls/9.4"
printf '?\n3\0a\0' >"$calls/9.5"
printf '?\n4\0a\0b\0PowerOff\0x' >"$calls/9.6"
printf '?\n3\0a\0b\0Nothing\0' >"$calls/9.7"
printf '=0\n' >"$calls/9.8"
mkdir "$calls/next"
printf '%s\n' 9.1 9.2 9.3 9.4 9.5 9.6 9.7 9.8 9.9 >&8
rmdir "$calls/next"
rm -rf "$calls/9.4"
DataSet k v
DataGet k
