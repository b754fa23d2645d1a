Info hello
Error 5
DataSet errno "$(Errno)"
