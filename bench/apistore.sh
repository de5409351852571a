#!/usr/bin/env bash
# Lists and durable writes of the API server with 1,000 pods and 5,000 services: bench/apistore.sh [DIRECTORY]
# The directory should be on the disk in question; a temporary one is made, and removed, when none is given.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
mvn -q -f "$root/pom.xml" -pl bench -am -Dmaven.test.skip=true package \
  dependency:build-classpath -Dmdep.outputFile="$root/bench/target/classpath" -Dmdep.includeScope=runtime
java=$("$root/layar" --print-java)
dir=${1:-}
if [ -z "$dir" ]; then dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; fi
"$java" -XX:+UseSerialGC -Xmx1g -cp "$root/bench/target/classes:$(cat "$root/bench/target/classpath")" \
  dev.layar.bench.ApiStoreBench "$dir"
