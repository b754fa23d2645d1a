lock=processing_${REACTION_NAME}_${REACTION_UUID#?????}
if [ "$(DataHasKey "$lock")" = true ]; then
	Info 'another is at it'
	exit
fi
DataSet "$lock" "$(Now)"
