exec 8>&-
DataSet k v
[ $? = 2 ]
