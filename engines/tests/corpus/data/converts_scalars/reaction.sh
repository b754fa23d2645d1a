DataSet 1 7
DataSet true true
DataSet half 0.5
Info "$(DataGet 1)"
Info "$(DataGet true)"
Info "$(DataGet half)"
if [ "$(DataHasValue 7)" = true ]; then Info found; fi
