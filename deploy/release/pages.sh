#!/usr/bin/env bash
# Writes completions and manual pages to build/, for the archives of a release.
#
#   deploy/release/pages.sh v0.1.0
set -euo pipefail
cd "$(dirname "$0")/../.."

rm -rf build
mkdir -p build/completions build/man
go build -ldflags "-X main.version=${1:-}" -o build/logwhy ./cmd/logwhy
build/logwhy completion bash >build/completions/logwhy.bash
build/logwhy completion zsh >build/completions/_logwhy
build/logwhy completion fish >build/completions/logwhy.fish
build/logwhy completion powershell >build/completions/logwhy.ps1
build/logwhy man build/man
rm build/logwhy
