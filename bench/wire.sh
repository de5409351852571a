#!/usr/bin/env bash
# CPU of `layar proxy` beside nginx and HAProxy where load.sh does not look: TLS and TCP. One interleaved run
# on loopback.
#
#   bench/wire.sh [-m tls|mtls|tcp] [-w WARM-UP SECONDS] [-r ROUNDS] [-d SECONDS] [-c CONNECTIONS] [-t "layar nginx haproxy"]
#
# tls: TLS 1.3 toward clients (ECDSA P-256, kept alive), us per request. mtls: mutual TLS toward the upstream,
# us per request. tcp: a TCP proxy with 100 MB bodies on 4 connections, ms per GB; HAProxy may splice (option splice-auto), which it does not always; nginx has
# no part in it. Every proxy gets one worker on CPU 0; backend and load share CPU 1. What counts are the ratios
# of the rounds: absolute numbers of a small or busy machine mean little. LAYAR names the command to measure.
set -euo pipefail

mode=tls warm=10 rounds=3 seconds=3 connections=64 targets="layar nginx haproxy"
while getopts m:w:r:d:c:t:h option; do
  case $option in
    m) mode=$OPTARG ;; w) warm=$OPTARG ;; r) rounds=$OPTARG ;; d) seconds=$OPTARG ;; c) connections=$OPTARG ;; t) targets=$OPTARG ;;
    *) sed -n '2,11p' "$0"; exit 2 ;;
  esac
done
[ "$mode" = tcp ] && targets=${targets/nginx/} connections=4
root=$(cd "$(dirname "$0")/.." && pwd)
layar=${LAYAR:-$root/layar}
for tool in nginx wrk taskset curl openssl; do
  command -v "$tool" >/dev/null || { echo "bench/wire.sh needs $tool"; exit 2; }
done

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
await() {
  for _ in $(seq 1000); do
    (exec 3<>"/dev/tcp/127.0.0.1/$2") 2>/dev/null && return
    sleep 0.02
  done
  die "$1 did not start: $(tail -5 "$dir/$1.log" 2>/dev/null)"
}

# An authority, and one leaf that everybody shows.
key() { openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt >"$1" 2>/dev/null; }
key "$dir/ca.key"; key "$dir/leaf.key"
openssl req -x509 -new -key "$dir/ca.key" -subj /CN=bench -days 2 -out "$dir/ca.crt" 2>/dev/null
openssl req -new -key "$dir/leaf.key" -subj /CN=localhost -out "$dir/leaf.csr" 2>/dev/null
printf 'subjectAltName=DNS:localhost,URI:spiffe://bench/ns/a/sa/b\nextendedKeyUsage=serverAuth,clientAuth\n' >"$dir/ext"
openssl x509 -req -in "$dir/leaf.csr" -CA "$dir/ca.crt" -CAkey "$dir/ca.key" -CAcreateserial -days 2 \
  -extfile "$dir/ext" -out "$dir/leaf.crt" 2>/dev/null
cat "$dir/leaf.crt" "$dir/leaf.key" >"$dir/leaf.pem"

backend=$(free_port)
secure=""
[ "$mode" = mtls ] && secure="ssl_certificate $dir/leaf.crt; ssl_certificate_key $dir/leaf.key; ssl_protocols TLSv1.3;
  ssl_client_certificate $dir/ca.crt; ssl_verify_client on;"
head -c 1024 /dev/zero | tr '\0' x >"$dir/small"
head -c 104857600 /dev/zero >"$dir/big"
cat >"$dir/backend.conf" <<CONF
daemon off; worker_processes 1; pid $dir/backend.pid; error_log $dir/backend.err; user $(id -un) $(id -gn);
events { worker_connections 4096; }
http { access_log off; keepalive_requests 1000000000; keepalive_timeout 3600; sendfile on;
  server { listen 127.0.0.1:$backend $([ "$mode" = mtls ] && echo ssl) backlog=4096 reuseport; $secure root $dir; } }
CONF
taskset -c 1 nginx -c "$dir/backend.conf" >"$dir/backend.log" 2>&1 & pids+=($!)
await backend "$backend"

declare -A port pid
start_nginx() {
  local listen="" upstream="http://backend" tls=""
  [ "$mode" = tls ] && listen=ssl tls="ssl_certificate $dir/leaf.crt; ssl_certificate_key $dir/leaf.key; ssl_protocols TLSv1.3;"
  [ "$mode" = mtls ] && upstream="https://backend" tls="proxy_ssl_certificate $dir/leaf.crt; proxy_ssl_certificate_key $dir/leaf.key;
    proxy_ssl_protocols TLSv1.3; proxy_ssl_trusted_certificate $dir/ca.crt; proxy_ssl_verify on; proxy_ssl_name localhost;"
  cat >"$dir/nginx.conf" <<CONF
daemon off; worker_processes 1; pid $dir/nginx.pid; error_log $dir/nginx.err;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 1000000000; keepalive_timeout 3600;
  upstream backend { server 127.0.0.1:$backend; keepalive 512; keepalive_requests 1000000000; }
  server { listen 127.0.0.1:${port[nginx]} $listen backlog=4096; $tls
    location / { proxy_pass $upstream; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host \$host;
      proxy_set_header X-Request-Id \$request_id; proxy_set_header X-Forwarded-Proto \$scheme; } } }
CONF
  taskset -c 0 nginx -c "$dir/nginx.conf" >"$dir/nginx.log" 2>&1 & pids+=($!)
  await nginx "${port[nginx]}"
  pid[nginx]=$(pgrep -P "$(cat "$dir/nginx.pid")" | head -1)
}
start_haproxy() {
  local kind=http bind="" server="" extra="http-reuse always"
  [ "$mode" = tls ] && bind="ssl crt $dir/leaf.pem ssl-min-ver TLSv1.3"
  [ "$mode" = mtls ] && server="ssl crt $dir/leaf.pem ca-file $dir/ca.crt verify required ssl-min-ver TLSv1.3"
  [ "$mode" = tcp ] && kind=tcp extra="option splice-auto"
  cat >"$dir/haproxy.cfg" <<CONF
global
  nbthread 1
  maxconn 4096
  maxpipes 1024
defaults
  mode $kind
  timeout connect 5s
  timeout client 1h
  timeout server 1h
  $extra
frontend in
  bind 127.0.0.1:${port[haproxy]} $bind
  default_backend out
backend out
  server backend 127.0.0.1:$backend $server
CONF
  taskset -c 0 haproxy -db -f "$dir/haproxy.cfg" >"$dir/haproxy.log" 2>&1 & pids+=($!)
  pid[haproxy]=$!
  await haproxy "${port[haproxy]}"
}
start_layar() {
  local type=type.googleapis.com/envoy.extensions
  local pair="tls_certificates: [{certificate_chain: {filename: $dir/leaf.crt}, private_key: {filename: $dir/leaf.key}}]"
  local v13="tls_params: {tls_minimum_protocol_version: TLSv1_3}"
  local down="" up="" filter log
  log="access_log: [{name: file, typed_config: {\"@type\": $type.access_loggers.file.v3.FileAccessLog, path: $dir/access.log}}]"
  filter="{name: hcm, typed_config: {\"@type\": $type.filters.network.http_connection_manager.v3.HttpConnectionManager,
    stat_prefix: bench, $log, http_filters: [{name: router, typed_config: {\"@type\": $type.filters.http.router.v3.Router}}],
    route_config: {virtual_hosts: [{name: all, domains: ['*'], routes: [{match: {prefix: /}, route: {cluster: backend}}]}]}}}"
  [ "$mode" = tcp ] && filter="{name: tcp, typed_config: {\"@type\": $type.filters.network.tcp_proxy.v3.TcpProxy,
    stat_prefix: bench, cluster: backend, $log}}"
  [ "$mode" = tls ] && down="transport_socket: {name: tls, typed_config: {\"@type\": $type.transport_sockets.tls.v3.DownstreamTlsContext,
    common_tls_context: {$v13, $pair}}},"
  [ "$mode" = mtls ] && up="transport_socket: {name: tls, typed_config: {\"@type\": $type.transport_sockets.tls.v3.UpstreamTlsContext,
    sni: localhost, common_tls_context: {$v13, $pair, validation_context: {trusted_ca: {filename: $dir/ca.crt},
    match_typed_subject_alt_names: [{san_type: URI, matcher: {exact: 'spiffe://bench/ns/a/sa/b'}}]}}}},"
  cat >"$dir/bootstrap.yaml" <<CONF
node: {id: bench, cluster: bench}
static_resources:
  listeners:
  - {name: bench, address: {socket_address: {address: 127.0.0.1, port_value: ${port[layar]}}},
     filter_chains: [{$down filters: [$filter]}]}
  clusters:
  - {name: backend, type: STATIC, connect_timeout: 5s, $up
     load_assignment: {cluster_name: backend, endpoints: [{lb_endpoints: [
       {endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: $backend}}}}]}]}}
CONF
  taskset -c 0 "$layar" proxy -c "$dir/bootstrap.yaml" --concurrency 1 >"$dir/layar.log" 2>&1 & pids+=($!)
  pid[layar]=$!
  await layar "${port[layar]}"
}
scheme=http; [ "$mode" = tls ] && scheme=https
file=small size=1024; [ "$mode" = tcp ] && file=big size=104857600
for target in $targets; do
  port[$target]=$(free_port)
  "start_$target"
  answer=$(curl -sk -o "$dir/answer" -w '%{http_code} %{size_download}' "$scheme://127.0.0.1:${port[$target]}/$file")
  [ "$answer" = "200 $size" ] || die "$target answered '$answer' instead of 200 with $size bytes"
done

ticks() { awk '{ sub(/^.*\) /, ""); print $12 + $13 }' "/proc/$1/stat"; }
hz=$(getconf CLK_TCK)
one() { # target: CPU us per request, or ms per GB; then the rate
  local before after out
  before=$(ticks "${pid[$1]}")
  out=$(taskset -c 1 wrk -t1 -c"$connections" -d"${seconds}s" "$scheme://127.0.0.1:${port[$1]}/$file")
  after=$(ticks "${pid[$1]}")
  echo "$out" | grep -qE 'Non-2xx|Socket errors: connect [1-9]' && die "$1 failed requests: $out"
  if [ "$mode" = tcp ]; then
    echo "$out" | awk -v t=$((after - before)) -v hz="$hz" -v d="$seconds" '/requests in/ {
      gb = $(NF - 1) + 0; if ($(NF - 1) ~ /MB/) gb /= 1024; printf "%.0f %.2f-GB/s\n", t / hz * 1e3 / gb, gb / d }'
  else
    echo "$out" | awk -v t=$((after - before)) -v hz="$hz" -v d="$seconds" '/requests in/ {
      printf "%.2f %.0f/s\n", t / hz * 1e6 / $1, $1 / d }'
  fi
}
unit="us CPU/request"; [ "$mode" = tcp ] && unit="ms CPU/GB"
for target in $targets; do seconds=$([ "$target" = layar ] && echo "$warm" || echo 1) one "$target" >/dev/null; done # warm up
for round in $(seq "$rounds"); do
  for target in $targets; do
    read -r cpu rate < <(one "$target")
    echo "$cpu" >>"$dir/cpu.$target"
    printf 'round %s  %-8s %7s %s  %s\n' "$round" "$target" "$cpu" "$unit" "$rate"
  done
done
median() { sort -n "$1" | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
echo
echo "$mode: medians over $rounds rounds of ${seconds}s, $connections connections:"
for target in $targets; do
  printf '  %-8s %7s %s   RSS %s MB\n' "$target" "$(median "$dir/cpu.$target")" "$unit" \
    "$(awk '/VmRSS/ { printf "%.0f", $2 / 1024 }' "/proc/${pid[$target]}/status")"
done
for target in $targets; do
  [ "$target" = layar ] && continue
  paste -d' ' "$dir/cpu.layar" "$dir/cpu.$target" | awk '{ print $1 / $2 }' >"$dir/ratio"
  printf '  layar / %-8s %.2f (median of the rounds'"'"' ratios)\n' "$target" "$(median "$dir/ratio")"
done
