name=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
path=$name
while [ "${#path}" -lt 1900 ]; do path=$path/$name; done
for _ in 1 2 3 4; do
  mkdir -p "$path" && cd "$path" 2>/dev/null || cd -P "./$path" 2>/dev/null || break
done
[ -d . ] && Info deep
