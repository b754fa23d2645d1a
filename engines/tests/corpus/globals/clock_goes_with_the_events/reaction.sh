now=$(Now)
Info "$now ${now%%-*}"
