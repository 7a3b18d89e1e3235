// Secrets. The app reads them through references in its settings, and whoever deploys reads them back.

param name string
param location string

@description('Principal id of the app\'s identity.')
param readerId string

@description('Object id of whoever deploys.')
param deployerId string

@secure()
param connectionString string

@secure()
param bootstrapKey string

@secure()
param virtFusionApiToken string

var secretsUser = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '4633458b-17de-408a-b874-0445c86b69e6')

resource vault 'Microsoft.KeyVault/vaults@2026-02-01' = {
  name: name
  location: location
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    enablePurgeProtection: true
    softDeleteRetentionInDays: 90
  }

  resource database 'secrets' = {
    name: 'connection-string'
    properties: { value: connectionString }
  }

  resource admin 'secrets' = {
    name: 'bootstrap-key'
    properties: { value: bootstrapKey }
  }

  resource token 'secrets' = if (!empty(virtFusionApiToken)) {
    name: 'virtfusion-api-token'
    properties: { value: virtFusionApiToken }
  }
}

resource reader 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, readerId, secretsUser)
  scope: vault
  properties: { roleDefinitionId: secretsUser, principalId: readerId, principalType: 'ServicePrincipal' }
}

resource deployer 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, deployerId, secretsUser)
  scope: vault
  properties: { roleDefinitionId: secretsUser, principalId: deployerId }
}

output name string = vault.name
output uri string = vault.properties.vaultUri
