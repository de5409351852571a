# Runs a command with its own streams: sh -c THIS layar-exec MESH GROUPING PROGRAM [ARGS...].
# POSIX sh. The shell becomes PROGRAM; a background watcher ends it with the mesh, whose process is MESH.
mesh=$1
grouping=$2
shift 2

(
  trap '' INT HUP TERM
  exec </dev/null >/dev/null 2>&1
  while kill -s 0 "$$"; do
    if ! kill -s 0 "$mesh"; then
      case $grouping in
        setsid | perl) kill -s KILL -- "-$$" || kill -s KILL "$$" ;;
        *) kill -s KILL "$$" ;;
      esac
      exit
    fi
    sleep 1
  done
) &

case $grouping in
  setsid) exec setsid "$@" ;;
  perl) exec perl -e 'setpgrp; exec { $ARGV[0] } @ARGV; print STDERR "$ARGV[0]: $!\n"; exit 127' "$@" ;;
  *) exec "$@" ;;
esac
