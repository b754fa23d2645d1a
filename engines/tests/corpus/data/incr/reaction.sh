Info "$(DataIncr n) $(DataIncr n) $(DataIncr n 10) $(DataIncr n -5) $(DataIncr n 1) $(DataGet n)"
Info "[$(Errno)]"
