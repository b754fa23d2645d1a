Debug one
Info two
Warn three
Error four
echo five
