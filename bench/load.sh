#!/usr/bin/env bash
# CPU per request of `layar proxy`, beside nginx and HAProxy, in one interleaved run on loopback.
#
#   bench/load.sh [-r ROUNDS] [-d SECONDS] [-c CONNECTIONS] [-t "layar nginx haproxy"] [-2 STREAMS]
#
# With -2 the clients speak HTTP/2 (h2load, so many streams on each connection) and the backend HTTP/1.1.
# Every proxy gets one worker on CPU 0; the backend and the load generator share CPU 1. Layar runs with its
# access log and counters on, nginx and HAProxy as bare proxies with logs off. CPU is user + system time of
# the whole proxy process, so it includes the JVM's compiler and collector. What counts are the ratios of the
# medians: absolute numbers of a small or busy machine mean little.
set -euo pipefail

rounds=5 seconds=3 connections=64 targets="layar nginx haproxy" streams=0
while getopts r:d:c:t:2:h option; do
  case $option in
    r) rounds=$OPTARG ;; d) seconds=$OPTARG ;; c) connections=$OPTARG ;; t) targets=$OPTARG ;;
    2) streams=$OPTARG ;;
    *) sed -n '2,11p' "$0"; exit 2 ;;
  esac
done

root=$(cd "$(dirname "$0")/.." && pwd)
layar=${LAYAR:-$root/layar}
[ "$streams" = 0 ] && generator=wrk || generator=h2load
for tool in nginx $generator taskset curl; do
  command -v "$tool" >/dev/null || { echo "bench/load.sh needs $tool (on Debian: apt-get install nginx-light wrk nghttp2-client util-linux curl)"; exit 2; }
done
for target in $targets; do
  [ "$target" = layar ] || command -v "$target" >/dev/null || { echo "no $target on this machine: install it (on Debian: apt-get install $target) or leave it out with -t"; exit 2; }
done
[ -r /proc/self/stat ] || { echo "bench/load.sh reads CPU times from /proc and so needs Linux"; exit 2; }

dir=$(mktemp -d)
pids=()
cleanup() {
  for pid in "${pids[@]:-}"; do [ -z "$pid" ] || kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  [ "${KEEP:-}" ] && echo "kept $dir" || rm -rf "$dir"
}
trap cleanup EXIT
die() { echo "$*" >&2; exit 1; }

free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 20000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}
await() { # name, port: until it accepts
  for _ in $(seq 500); do
    (exec 3<>"/dev/tcp/127.0.0.1/$2") 2>/dev/null && return
    sleep 0.02
  done
  die "$1 did not start; see $(cat "$dir/$1.log" 2>/dev/null | tail -5)"
}

# The load: a 1 KB answer.
backend=$(free_port)
body=$(head -c 1024 /dev/zero | tr '\0' x)
cat >"$dir/backend.conf" <<CONF
daemon off; worker_processes 1; pid $dir/backend.pid; error_log $dir/backend.err;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 1000000000; keepalive_timeout 3600;
  server { listen 127.0.0.1:$backend backlog=4096 reuseport; location / { default_type text/plain; return 200 "$body"; } } }
CONF
taskset -c 1 nginx -c "$dir/backend.conf" >"$dir/backend.log" 2>&1 & pids+=($!)
await backend "$backend"

declare -A port pid
nginx_http2="" haproxy_http2="" curl_http2=()
if [ "$streams" != 0 ]; then
  nginx_http2=" http2" haproxy_http2=" proto h2" curl_http2=(--http2-prior-knowledge)
fi
start_nginx() {
  cat >"$dir/nginx.conf" <<CONF
daemon off; worker_processes 1; pid $dir/nginx.pid; error_log $dir/nginx.err;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 1000000000; keepalive_timeout 3600;
  upstream backend { server 127.0.0.1:$backend; keepalive 512; keepalive_requests 1000000000; }
  server { listen 127.0.0.1:${port[nginx]}$nginx_http2 backlog=4096;
    location / { proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host \$host; proxy_set_header X-Request-Id \$request_id; proxy_set_header X-Forwarded-Proto \$scheme; } } }
CONF
  taskset -c 0 nginx -c "$dir/nginx.conf" >"$dir/nginx.log" 2>&1 & pids+=($!)
  await nginx "${port[nginx]}"
  pid[nginx]=$(pgrep -P "$(cat "$dir/nginx.pid")" | head -1)
}
start_haproxy() {
  cat >"$dir/haproxy.cfg" <<CONF
global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 1h
  timeout server 1h
  http-reuse always
frontend in
  bind 127.0.0.1:${port[haproxy]}$haproxy_http2
  unique-id-format %{+X}o%ci:%cp_%Ts_%rt
  http-request set-header x-request-id %[unique-id]
  http-request set-header x-forwarded-proto http
  default_backend out
backend out
  server backend 127.0.0.1:$backend pool-max-conn 512
CONF
  taskset -c 0 haproxy -db -f "$dir/haproxy.cfg" >"$dir/haproxy.log" 2>&1 & pids+=($!)
  pid[haproxy]=$!
  await haproxy "${port[haproxy]}"
}
start_layar() {
  admin=$(free_port)
  sed -e "s|@LISTEN@|${port[layar]}|;s|@BACKEND@|$backend|;s|@ADMIN@|$admin|;s|@LOG@|$dir/access.log|" \
    "$root/bench/bootstrap.yaml" >"$dir/bootstrap.yaml"
  local begin end
  "$layar" --version >/dev/null || die "layar does not build"
  begin=$(date +%s%N)
  taskset -c 0 "$layar" proxy -c "$dir/bootstrap.yaml" --concurrency 1 >"$dir/layar.log" 2>&1 & pids+=($!)
  pid[layar]=$!
  until curl -fs -o "$dir/ready" "http://127.0.0.1:$admin/ready" 2>/dev/null; do
    kill -0 "${pid[layar]}" 2>/dev/null || die "layar proxy ended: $(tail -5 "$dir/layar.log")"
    sleep 0.02
  done
  end=$(date +%s%N)
  echo "layar: exec to ready $(((end - begin) / 1000000)) ms"
}
ticks() { awk '{ sub(/^.*\) /, ""); print $12 + $13 }' "/proc/$1/stat"; }
hz=$(getconf CLK_TCK)

for target in $targets; do
  port[$target]=$(free_port)
  "start_$target"
  answer=$(curl -s "${curl_http2[@]}" -o "$dir/answer" -w '%{http_code} %{size_download}' "http://127.0.0.1:${port[$target]}/status/200")
  [ "$answer" = "200 1024" ] || die "$target answered '$answer' instead of 200 with 1024 bytes"
done

one() { # target: prints CPU us per request, requests per second
  if [ "$streams" = 0 ]; then one_http1 "$1"; else one_http2 "$1"; fi
}
one_http2() {
  local before after out requests
  before=$(ticks "${pid[$1]}")
  out=$(taskset -c 1 h2load -t1 -c"$connections" -m"$streams" -D"$seconds" "http://127.0.0.1:${port[$1]}/products/42?page=1")
  after=$(ticks "${pid[$1]}")
  echo "$out" | grep -qE ' 0 failed, 0 errored' || die "$1 failed requests: $out"
  requests=$(echo "$out" | awk '/^requests:/ { print $8 }')
  awk -v t=$((after - before)) -v hz="$hz" -v n="$requests" -v d="$seconds" \
    'BEGIN { printf "%.2f %.0f %s\n", t / hz * 1e6 / n, n / d, "-" }'
}
one_http1() {
  local before after out requests
  before=$(ticks "${pid[$1]}")
  out=$(taskset -c 1 wrk -t1 -c"$connections" -d"${seconds}s" --latency "http://127.0.0.1:${port[$1]}/products/42?page=1")
  after=$(ticks "${pid[$1]}")
  echo "$out" | grep -qE 'Non-2xx|Socket errors' && die "$1 failed requests: $out"
  requests=$(echo "$out" | awk '/requests in/ { print $1 }')
  awk -v t=$((after - before)) -v hz="$hz" -v n="$requests" -v d="$seconds" \
    -v p99="$(echo "$out" | awk '$1 == "99%" { print $2 }')" \
    'BEGIN { printf "%.2f %.0f %s\n", t / hz * 1e6 / n, n / d, p99 }'
}

for target in $targets; do for _ in 1 2; do one "$target" >/dev/null; done; done # warm up
for round in $(seq "$rounds"); do
  for target in $targets; do
    read -r cpu rate p99 < <(one "$target")
    echo "$cpu" >>"$dir/cpu.$target"
    printf 'round %s  %-8s %6s us CPU/request  %7s requests/s  p99 %s\n' "$round" "$target" "$cpu" "$rate" "$p99"
  done
done

median() { sort -n "$1" | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
echo
echo "medians over $rounds rounds of ${seconds}s, $connections connections$([ "$streams" = 0 ] || echo " of $streams streams"):"
for target in $targets; do
  printf '  %-8s %6s us CPU/request   RSS %s MB\n' "$target" "$(median "$dir/cpu.$target")" \
    "$(awk '/VmRSS/ { printf "%.0f", $2 / 1024 }' "/proc/${pid[$target]}/status")"
done
for target in $targets; do
  [ "$target" = layar ] && continue
  paste -d' ' "$dir/cpu.layar" "$dir/cpu.$target" 2>/dev/null | awk '{ print $1 / $2 }' >"$dir/ratio" || continue
  printf '  layar / %-8s %.2f (median of the rounds'"'"' ratios)\n' "$target" "$(median "$dir/ratio")"
done
[ -s "$dir/access.log" ] && echo "  layar wrote $(wc -l <"$dir/access.log") access-log lines"
exit 0
