#!/usr/bin/env bash
# Measures `logwhy report` on a generated export, beside the tools that one
# would reach for otherwise. Prints wall clock, CPU and peak memory, medians of
# interleaved rounds, and the ratio to logwhy. What is not installed is said.
#
#   bench/run.sh                     500 MB as NDJSON, 3 rounds
#   bench/run.sh --size 2GB          larger, to see that memory stays flat
#   bench/run.sh --format array      as gcloud prints it; also gzip and zstd
#   bench/run.sh --rounds 5 --seed 7
#
# Generated files are kept in bench/data, and made again only when missing.
set -euo pipefail
cd "$(dirname "$0")/.."

size=500MB rounds=3 seed=1 format=ndjson
while [ $# -gt 0 ]; do
  case $1 in
    --size) size=$2 ;;
    --rounds) rounds=$2 ;;
    --seed) seed=$2 ;;
    --format) format=$2 ;;
    *) sed -n '2,11p' "$0" | sed 's/^# \{0,1\}//' >&2; exit 2 ;;
  esac
  shift 2
done

bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
go build -o "$bin/logwhy" ./cmd/logwhy
go build -o "$bin/gen" ./bench/gen
go build -o "$bin/measure" ./bench/measure

mkdir -p bench/data
data=bench/data/$size-$seed.$format
if [ ! -s "$data" ]; then
  echo "generating $data" >&2
  "$bin/gen" -seed "$seed" -size "$size" -format "$format" -o "$data.part"
  mv "$data.part" "$data"
fi
bytes=$(wc -c <"$data")

each='.'
if [ "$format" = array ]; then each='.[]'; fi
{
  printf 'logwhy report\t%s report %s --quiet -o json=-\n' "$bin/logwhy" "$data"
  printf 'jq select ERROR\tjq -c %s %s\n' "'$each | select(.severity==\"ERROR\")'" "$data"
  printf 'rg, a literal\trg -c ECONNREFUSED %s\n' "$data"
  printf 'rg, 6 patterns\trg -c -e ECONNREFUSED -e Traceback -e %s -e KeyError -e %s -e panic: %s\n' "'[A-Z][a-z]+Exception'" "'exit\\([1-9]'" "$data"
  printf 'wc -l\twc -l %s\n' "$data"
} >"$bin/tools"

echo "$data: $bytes bytes; $(go version | cut -d' ' -f3), $(getconf _NPROCESSORS_ONLN 2>/dev/null || echo '?') processors"
"$bin/measure" -rounds "$rounds" -bytes "$bytes" <"$bin/tools"

# The same compressed: reading must not cost much more than unpacking.
if [ "$format" = array ]; then
  : >"$bin/packed"
  for tool in gzip zstd; do
    ext=$([ "$tool" = gzip ] && echo gz || echo zst)
    if ! command -v "$tool" >/dev/null; then
      echo "$tool is not installed: not measured"
      continue
    fi
    [ -s "$data.$ext" ] || "$tool" -c "$data" >"$data.$ext"
    printf 'logwhy report, %s\t%s report %s --quiet -o json=-\n' "$tool" "$bin/logwhy" "$data.$ext" >>"$bin/packed"
    printf '%s -dc\t%s -dc %s\n' "$tool" "$tool" "$data.$ext" >>"$bin/packed"
  done
  if [ -s "$bin/packed" ]; then
    "$bin/measure" -rounds "$rounds" -bytes "$bytes" <"$bin/packed"
  fi
fi
