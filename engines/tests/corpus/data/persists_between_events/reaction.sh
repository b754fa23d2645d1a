kept=${kept-0}
stored=$(DataGet n)
stored=${stored:-0}
Info "stored $stored, kept $kept"
kept=$((kept + 1))
export kept
DataSet n $((stored + 1))
