exec <&- >&- 2>&-
Info said
DataSet k v
