#!/bin/sh
Info "hello from $REACTION_NAME"
KillCurrent
Info "status $?"
