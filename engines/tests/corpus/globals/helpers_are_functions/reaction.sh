for each in a b; do Info "$each"; done
DataSet k x
get=DataGet
Info "[$($get k)]"
