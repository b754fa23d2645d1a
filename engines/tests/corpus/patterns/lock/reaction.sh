not() { if [ "$1" = true ]; then echo false; else echo true; fi; }

[ "$(DataCas busy '' me)" = true ] || Info 'busy already'
id=${REACTION_UUID#????}
lock=processing_$id
if [ "$(DataCas "$lock" '' "$(Now)")" = false ]; then
	Info 'another is at it'
	exit
fi
Info "locked $id $(not "$(DataCas "$lock" '' again)")"
DataIncr count >/dev/null
DataDelete "$lock"
Info "free $(not "$(DataHasKey "$lock")")"
