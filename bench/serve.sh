#!/usr/bin/env bash
# Measures of the control plane, on loopback in one JVM:
#
#   bench/serve.sh obey [PODS] [EDITS]     from the edit of a YAML file until real requests obey it
#   bench/serve.sh push [SERVICES] [SIDECARS] [NAMESPACES] [scoped|open] [EDITS] [CHURN-SECONDS]
#                                          what an edit costs the control plane, and how soon it is acknowledged
#
# What counts are ratios and counts: absolute times of a small or busy machine mean little.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
case ${1:-} in
  obey) main=EditToObey ;;
  push) main=ServeBench ;;
  *) sed -n 2,8p "$0"; exit 2 ;;
esac
shift
mvn -q -f "$root/pom.xml" -pl bench -am -Dmaven.test.skip=true package \
  dependency:build-classpath -Dmdep.outputFile="$root/bench/target/classpath" -Dmdep.includeScope=runtime
java=$("$root/layar" --print-java)
exec "$java" -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
  -cp "$root/bench/target/classes:$(cat "$root/bench/target/classpath")" "dev.layar.bench.serve.$main" "$@"
