// The host's own state (timer leases), the deployed package, and backups. No keys: identities only.

param name string
param location string

@description('Principal id of the app\'s identity.')
param ownerId string

// The host keeps its leases in blobs; Owner, and not Contributor, since it sets their access.
var blobDataOwner = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b')

resource account 'Microsoft.Storage/storageAccounts@2026-06-01' = {
  name: name
  location: location
  kind: 'StorageV2'
  sku: { name: 'Standard_ZRS' }
  properties: {
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: { deleteRetentionPolicy: { enabled: true, days: 14 } }

    resource deployment 'containers' = { name: 'deployment' }
    resource backups 'containers' = { name: 'backups' }
  }
}

resource owner 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, ownerId, blobDataOwner)
  scope: account
  properties: { roleDefinitionId: blobDataOwner, principalId: ownerId, principalType: 'ServicePrincipal' }
}

output name string = account.name
output deploymentContainer string = '${account.properties.primaryEndpoints.blob}${account::blobs::deployment.name}'
output backupContainer string = '${account.properties.primaryEndpoints.blob}${account::blobs::backups.name}'
