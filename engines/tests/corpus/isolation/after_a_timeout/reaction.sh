if [ -e left ]; then Info spoilt; else Info fresh; fi
echo x >left
sleep 100 &
while :; do :; done
