#!/usr/bin/env bash
# Builds and lints the templates without the Azure CLI; any warning fails it. The compiler comes as a NuGet package, for Linux on x64.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
packages=${NUGET_PACKAGES:-$HOME/.nuget/packages}
version=$(grep -oP 'Version="\[\K[^]]+' compiler.csproj)
dotnet restore compiler.csproj --verbosity quiet
bicep=$packages/azure.bicep.commandline.linux-x64/$version/tools/bicep
chmod u+x "$bicep" 2>/dev/null || true

said=$("$bicep" build main.bicep --stdout 2>&1 >/dev/null; "$bicep" lint main.bicep 2>&1
       DEPLOYER_ID=- DATABASE_PASSWORD=- BOOTSTRAP_KEY=$(printf -- '-%.0s' {1..32}) "$bicep" build-params main.bicepparam --stdout 2>&1 >/dev/null)
if [[ -n $said ]]; then
  echo "$said"
  exit 1
fi
echo "infra: bicep $version builds and lints $(ls ./*.bicep | wc -l) templates without a warning."
