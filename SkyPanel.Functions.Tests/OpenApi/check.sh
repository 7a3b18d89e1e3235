#!/usr/bin/env bash
# Lints openapi.json by redocly.yaml; any finding fails it. The linter comes from npm, as package-lock.json has it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true
redocly=node_modules/.bin/redocly
[[ -x $redocly ]] || npm ci --silent

# A warning about redocly.yaml itself is none of its exit code.
if ! said=$($redocly lint openapi.json --format=stylish 2>&1) || grep -q 'Your config has' <<<"$said"; then
  echo "$said"
  exit 1
fi
echo "api: redocly $(node -p 'require("./node_modules/@redocly/cli/package.json").version') finds nothing wrong with the $(grep -c '"operationId"' openapi.json) operations of openapi.json."
