ls -A | wc -l
mkdir -p a/b/c d
for n in $(seq 100); do mkdir d && cd d; done 2>/dev/null
cd "$HOME"
ln -s / root
ln -s "$HOME" a/loop
mkfifo a/pipe
chmod 0 a/b a
chmod 0 .
