#!/bin/ignored
#
DataFrobnicate k
Info "after $?"
