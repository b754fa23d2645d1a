Info "$(DataCas k '' a) $(DataCas k '' b) $(DataCas k a b) $(DataCas k a c) $(DataCas k b c)"
Info "$(DataCas absent x y) [$(Errno)]"
