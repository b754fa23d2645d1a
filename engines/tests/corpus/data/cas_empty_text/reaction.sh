DataSet held ''
Info "$(DataCas held '' stolen) [$(DataGet held)]"
Info "$(DataCas lock '' me) $(DataCas lock me '') $(DataHasKey lock)"
Info "$(DataCas lock '' me) $(DataGet lock)"
DataDelete lock
Info "$(DataCas again x y) $(DataCas again '' you)"
