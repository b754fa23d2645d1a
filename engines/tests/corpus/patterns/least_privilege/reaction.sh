case $REACTION_DATA in
*'"importance":"critical"'*) if KillCurrent; then Info 'threat ended'; fi ;;
*) Warn suspicious ;;
esac
