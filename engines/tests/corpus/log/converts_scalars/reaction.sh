for each in 42 -7 1.5 true false 1e+21 9007199254740991 ''; do Info "$each"; done
Info "$(Errno)"
