echo $(ls /proc/self/fd | grep -v '^3$')
exec 3>file 4<&0 5>&1 6>&2 7>&3 9>&1
DataSet k v
DataGet k
echo written >&7
cat file
