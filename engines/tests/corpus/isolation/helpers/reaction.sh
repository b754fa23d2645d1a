DataSet k v
Info "real $(DataGet k)"
DataGet() { echo hijacked; }
unset -f DataSet
Info() { :; }
_reactant() { :; }
