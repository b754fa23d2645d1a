Info said more '' x
Info "errno [$(Errno)]"
