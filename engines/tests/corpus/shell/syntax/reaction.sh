echo never
if true; then
fi
