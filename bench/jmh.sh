#!/usr/bin/env bash
# Runs the micro-benchmarks: bench/jmh.sh [JMH OPTIONS], for example  bench/jmh.sh -f 1 -wi 3 -i 5 RouteMatch
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
mvn -q -f "$root/pom.xml" -pl bench -am -Dmaven.test.skip=true package \
  dependency:build-classpath -Dmdep.outputFile="$root/bench/target/classpath" -Dmdep.includeScope=runtime
java=$("$root/layar" --print-java)
exec "$java" -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
  -cp "$root/bench/target/classes:$(cat "$root/bench/target/classpath")" org.openjdk.jmh.Main "$@"
