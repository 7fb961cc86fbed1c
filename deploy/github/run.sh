#!/usr/bin/env bash
# What the composite action (action.yml) runs: one check, whose exit code becomes
# the outcome of the step. Inputs come as INPUT_*, outputs go to GITHUB_OUTPUT.
# Nothing that logwhy read from logs is printed here: on a runner a line that
# begins with :: is a command.
set -euo pipefail

complain() {
  printf '::error title=logwhy::%s\n' "$1"
  exit 2
}

choice() { # NAME VALUE: fail or warn
  case "$2" in
    fail | warn) ;;
    *) complain "$1 is neither fail nor warn" ;;
  esac
}
on_findings=${INPUT_ON_FINDINGS:-fail}
on_incomplete=${INPUT_ON_INCOMPLETE:-fail}
choice on-findings "$on_findings"
choice on-incomplete "$on_incomplete"

logwhy=${INPUT_BINARY:-$RUNNER_TEMP/logwhy-bin/logwhy}
state=${INPUT_STATE:-.logwhy/state.json}
reports=$RUNNER_TEMP/logwhy-reports
mkdir -p "$(dirname "$state")"
rm -rf "$reports"
mkdir -p "$reports"

args=(check "--baseline=$state")
each() { # FLAG TEXT: the flag with each line of the text
  local line
  while IFS= read -r line; do
    line=${line%$'\r'}
    if [ -n "$line" ]; then args+=("$1=$line"); fi
  done <<<"$2"
}
each --project "${INPUT_PROJECT:-}"
each --service "${INPUT_SERVICE:-}"
each --since "${INPUT_SINCE:-}"
each --fail-on "${INPUT_FAIL_ON:-}"
each --max-new "${INPUT_MAX_NEW:-}"
while IFS= read -r line; do
  if [ -n "$line" ]; then args+=("$line"); fi
done <<<"${INPUT_ARGS:-}"
args+=(
  -o "github=$GITHUB_STEP_SUMMARY" -o "md=$reports/report.md" -o "json=$reports/analysis.json"
  -o "junit=$reports/junit.xml" -o "slack=$reports/slack.json"
)
inputs=()
while IFS= read -r line; do
  if [ -n "$line" ]; then inputs+=("$line"); fi
done <<<"${INPUT_INPUT:-}"
if [ ${#inputs[@]} -gt 0 ]; then args+=(-- "${inputs[@]}"); fi

code=0
"$logwhy" "${args[@]}" </dev/null || code=$?

case $code in
  0) result=clean ;;
  1) result=findings ;;
  4) result=incomplete ;;
  *) result=error ;;
esac
{
  printf 'exit-code=%s\n' "$code"
  printf 'result=%s\n' "$result"
  printf 'reports=%s\n' "$reports"
} >>"$GITHUB_OUTPUT"

# Where logwhy came to no result, the summary must not look as if all were well.
if [ "$result" = error ]; then
  printf '### logwhy came to no result\n\nIt ended with code %s: nothing is known of this window. The log of the step says why.\n\n' "$code" >>"$GITHUB_STEP_SUMMARY"
  printf '::error title=logwhy::It ended with code %s and came to no result; its message stands above\n' "$code"
fi
if [ "$result" = findings ] && [ "$on_findings" = warn ]; then
  printf '::warning title=logwhy::A policy was hit; see the summary of the job\n'
  exit 0
fi
if [ "$result" = incomplete ] && [ "$on_incomplete" = warn ]; then
  printf '::warning title=logwhy::The data are incomplete, so nothing is called quiet; see the summary of the job\n'
  exit 0
fi
exit "$code"
