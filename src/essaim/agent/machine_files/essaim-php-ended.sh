# What is done when an account's PHP has ended, as root: `sh essaim-php-ended.sh LOGIN.VERSION`. By a shell and a sleep of the tree, or
# of the machine where the tree is not there.
# One that did not end well is counted, and waits before its socket may start it again: 1 s, 2 s, 4 s, ... 32 s.
failed=/run/essaim/failed/$1
if [ "$SERVICE_RESULT" = success ]; then
    [ ! -e "$failed" ] || rm -f "$failed"
    exit 0
fi
times=0
[ ! -e "$failed" ] || read -r times <"$failed"
times=$((times + 1))
echo "$times" >"$failed"
exec sleep $((times < 6 ? 1 << (times - 1) : 32))
