Warn() { Info "own $1"; }

Warn a
