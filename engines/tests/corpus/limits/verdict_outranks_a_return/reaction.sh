Info one
Info two
exit 0
