#!/usr/bin/env bash
# Checks the types of the scripts of the console and of the customer's page against openapi.json; any error fails it. The tools come from npm, as package-lock.json has them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
bin=$PWD/node_modules/.bin
[[ -x $bin/tsc && -x $bin/openapi-typescript ]] || if [[ -d node_modules ]]; then npm install --no-save --no-package-lock --silent; else npm ci --silent; fi

scripts=$(find SkyPanel.Functions/{Http,ConsoleUi,Customers}/static -name '*.js' -not -path '*/vendor/*')
unchecked=$(xargs grep -L '^// @ts-check$' <<<"$scripts" || true)
if [[ -n $unchecked ]]; then
  echo "These don't begin with // @ts-check: $unchecked"
  exit 1
fi
mkdir -p .local
# Elsewhere than beside redocly.yaml, which the generator would obey.
(cd .local && "$bin/openapi-typescript" ../openapi.json --output openapi.d.ts >/dev/null 2>&1)
"$bin/tsc" --project SkyPanel.Functions.Tests/ConsoleUi/tsconfig.json
echo "console: tsc $("$bin/tsc" --version | cut -d' ' -f2) finds nothing wrong with the types of $(wc -l <<<"$scripts") scripts."
