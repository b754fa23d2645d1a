Info "[$(Errno)]"
DataSet
:
