#!/usr/bin/env bash
# Deletes the resource group and everything in it, the ledger included:  infra/teardown.sh GROUP
set -euo pipefail
group=${1:?the resource group}

az resource list --resource-group "$group" --query '[].{type:type, name:name}' --output table
read -rp "All of this will be deleted, the database with its backups too. Type the group's name to go on: " typed
[[ $typed == "$group" ]] || { echo "Nothing was deleted."; exit 1; }
az group delete --name "$group" --yes
echo "Deleted. The key vault can be recovered for 90 days (purge protection), App Configuration for 7."
