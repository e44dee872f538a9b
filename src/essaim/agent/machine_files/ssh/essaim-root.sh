#!/bin/sh
# Become root in a session that came in by SSH. A reason is asked for and kept.
reason=
case "$1" in
  -r) reason=$2; shift; [ $# -gt 0 ] && shift ;;
  -h|--help) echo "essaim-root [-r REASON] [COMMAND...]"; exit 0 ;;
esac
if [ -z "$reason" ] && [ -t 0 ]; then
  printf 'Why do you need root? '
  read -r reason
fi
exec sudo -n /usr/local/lib/essaim/ssh-as-root "$reason" "$@"
