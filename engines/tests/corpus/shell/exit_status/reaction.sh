DataSet k v
echo said
exit 3
