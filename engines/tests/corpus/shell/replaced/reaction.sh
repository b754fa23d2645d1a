echo before
exec sleep 1000
