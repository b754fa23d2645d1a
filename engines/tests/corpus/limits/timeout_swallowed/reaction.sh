after() {
	Info caught
	DataSet after yes
	CreateTempDir
}
trap after TERM INT HUP XCPU EXIT
Info before
while :; do :; done
