before=$(DataGet folder)
made=$(CreateTempDir)
if [ -z "$before" ]; then
	Info "made, read []"
	text=first
else
	[ "$before" = "$made" ] && which='same folder' || which='other folder'
	Info "$which, read [$(ReadFile "$before/note")]"
	text=second
fi
WriteFile "$made/note" "$text"
DataSet folder "$made"
