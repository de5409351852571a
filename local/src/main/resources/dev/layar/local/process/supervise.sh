# Runs a container: sh -c THIS layar-pod GROUPING PROGRAM [ARGS...], standard input a pipe from the mesh.
# POSIX sh. The shell becomes PROGRAM; a background watcher waits for the end of the pipe.
grouping=$1
shift
# Ctrl-C belongs to the mesh, which then stops its pods in order.
trap '' INT HUP
exec 3<&0 </dev/null

kill_tree() {
  # $1: process to kill with its descendants, $2: process to spare.
  for descendant in $(ps -A -o pid= -o ppid= | awk -v parent="$1" -v spare="$2" \
      '$2 == parent && $1 != spare { print $1 }'); do
    kill_tree "$descendant" "$2"
  done
  kill -s KILL "$1"
}

(
  trap '' INT HUP TERM
  exec >/dev/null 2>&1
  # Ends with the pipe: the program has exited, or the mesh has.
  read -r never <&3
  case $grouping in
    setsid | perl) kill -s KILL -- "-$$" || kill -s KILL "$$" ;;
    *) kill_tree "$$" "$(exec sh -c 'echo $PPID')" ;;
  esac
) &
exec 3<&-

case $grouping in
  setsid) exec setsid "$@" ;;
  perl) exec perl -e 'setpgrp; exec { $ARGV[0] } @ARGV; print STDERR "$ARGV[0]: $!\n"; exit 127' "$@" ;;
  *) exec "$@" ;;
esac
