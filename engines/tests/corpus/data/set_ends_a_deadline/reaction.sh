case $REACTION_DATA in
*'"timestamp":"2026-01-01T00:00:00Z"'*)
	DataSetTtl a 1 60
	DataSet a 2
	DataSetTtl n 5 60
	DataIncr n
	;;
*) DataKeys ;;
esac
