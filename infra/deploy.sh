#!/usr/bin/env bash
# Makes or updates everything in a resource group, then publishes the app:  infra/deploy.sh GROUP REGION
# Needs the .NET SDK, the Azure CLI (logged in), the Functions Core Tools v4 and openssl and jq. Secrets are made once and kept in the vault; none is shown.
set -euo pipefail
group=${1:?the resource group} region=${2:?the region, such as westeurope}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

if [[ -z ${EXISTING_CONNECTION_STRING:-} && (-z ${VIRTFUSION_BASE_URL:-} || -z ${VIRTFUSION_API_TOKEN:-}) ]]; then
  echo "Set EXISTING_CONNECTION_STRING to the panel's database; or, for a new one, VIRTFUSION_BASE_URL and VIRTFUSION_API_TOKEN: without them the app doesn't start." >&2
  exit 1
fi
az group create --name "$group" --location "$region" --output none
az provider register --namespace Microsoft.App --wait

vault=$(az keyvault list --resource-group "$group" --query '[0].name' --output tsv)
# What the vault has already is kept: a new password would lock out an app that still runs with the old one.
if [[ -n $vault ]]; then
  held=$(az keyvault secret show --vault-name "$vault" --name connection-string --query value --output tsv)
  DATABASE_PASSWORD=$(grep -oP '(?<=;Password=)[^;]*' <<<"$held" || true)
  BOOTSTRAP_KEY=$(az keyvault secret show --vault-name "$vault" --name bootstrap-key --query value --output tsv)
fi
export DATABASE_PASSWORD=${DATABASE_PASSWORD:-$(openssl rand -hex 32)}
export BOOTSTRAP_KEY=${BOOTSTRAP_KEY:-$(openssl rand -hex 32)}
DEPLOYER_ID=${DEPLOYER_ID:-$(az ad signed-in-user show --query id --output tsv)} # A service principal sets its own object id beforehand.
export DEPLOYER_ID

# A role that was granted a moment ago isn't known everywhere at once: the first schedules may need a second try.
for attempt in 1 2 3; do
  if result=$(az deployment group create --resource-group "$group" --name skypanel --parameters "$here/main.bicepparam" --query properties.outputs --output json); then
    break
  elif ((attempt == 3)); then
    exit 1
  fi
  sleep 60
done

app=$(jq -r .functionApp.value <<<"$result")
# Compiled ahead of time (ReadyToRun), which func does not do: a new instance answers sooner.
package=$(mktemp -d)
trap 'rm -rf "$package"' EXIT
dotnet publish "$here/../SkyPanel.Functions" -c Release -r linux-x64 --no-self-contained -p:PublishReadyToRun=true -o "$package"
(cd "$package" && FUNCTIONS_WORKER_RUNTIME=dotnet-isolated func azure functionapp publish "$app" --no-build)

echo "Address:   $(jq -r .address.value <<<"$result")"
echo "Admin key: az keyvault secret show --vault-name $(jq -r .vault.value <<<"$result") --name bootstrap-key --query value --output tsv"
