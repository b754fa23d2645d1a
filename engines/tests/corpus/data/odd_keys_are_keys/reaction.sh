DataSet __proto__ p
DataSet constructor c
DataSet toString t
Info "$(DataKeys)"
Info "$(DataGet __proto__) $(DataGet constructor) $(DataGet toString)"
