printf 'one\n\ng\374t \033[1m\nlast'
echo two >&2
