// Everything that the app needs, in one resource group. One file a resource; nothing has a key that could leak: the app is let in by its
// managed identity, and the one password there is (PostgreSQL's) lives in the Key Vault.

@description('Begins every name: 3 to 11 small letters and digits.')
@minLength(3)
@maxLength(11)
param name string

@description('Where everything is. Flex Consumption isn\'t in every region: az functionapp list-flexconsumption-locations')
param location string = resourceGroup().location

@description('PostgreSQL\'s size, such as Standard_B1ms or Standard_D2ds_v5: see README.md.')
param databaseSku string = 'Standard_B1ms'

@description('Disk of the database in GiB.')
@allowed([32, 64, 128, 256, 512, 1024])
param databaseStorageGiB int = 32

@description('Password of the database\'s owner. deploy.sh makes one and never shows it.')
@secure()
param databasePassword string

@description('The first admin API key, 32 characters or more. deploy.sh makes one; read it from the vault.')
@secure()
@minLength(32)
param bootstrapKey string

@description('VirtFusion\'s API, such as https://panel.example/api/v1. Empty: the panel\'s settings table has it.')
param virtFusionBaseUrl string = ''

@description('VirtFusion\'s API token. Empty: the panel\'s settings table has it.')
@secure()
param virtFusionApiToken string = ''

@description('Connection string of a panel\'s database that exists already. Empty: a PostgreSQL is made.')
@secure()
param existingConnectionString string = ''

@description('An API key of the app with the role operator, with which a Logic App wakes the jobs each minute. Empty: none is made, and one that is there stays.')
@secure()
param wakeKey string = ''

@description('Further app settings, such as { Billing__MaxAmountPerRun: \'500\' }. A deployment removes settings that aren\'t here.')
param extraSettings object = {}

@description('Object id of whoever deploys, who writes the first schedules and may read the secrets: az ad signed-in-user show --query id -o tsv')
param deployerId string

var suffix = uniqueString(resourceGroup().id)
var isDatabaseMade = empty(existingConnectionString)
// The smallest size has 35 connections for all processes together.
var maxPoolSize = startsWith(databaseSku, 'Standard_B1') ? 8 : 30

module identity 'identity.bicep' = {
  name: 'identity'
  params: { name: '${name}-identity', location: location }
}

module network 'network.bicep' = {
  name: 'network'
  params: { name: '${name}-network', location: location }
}

module monitoring 'monitoring.bicep' = {
  name: 'monitoring'
  params: { name: '${name}-monitoring', location: location, publisherId: identity.outputs.principalId }
}

module storage 'storage.bicep' = {
  name: 'storage'
  params: { name: take('${name}${suffix}', 24), location: location, ownerId: identity.outputs.principalId }
}

module schedules 'appConfiguration.bicep' = {
  name: 'schedules'
  params: { name: '${name}-${suffix}', location: location, appId: identity.outputs.principalId, deployerId: deployerId }
}

module database 'postgres.bicep' = if (isDatabaseMade) {
  name: 'database'
  params: {
    name: '${name}-${suffix}'
    location: location
    sku: databaseSku
    storageGiB: databaseStorageGiB
    password: databasePassword
    subnetId: network.outputs.databaseSubnetId
    privateDnsZoneId: network.outputs.databaseZoneId
  }
}

module vault 'keyVault.bicep' = {
  name: 'vault'
  params: {
    name: take('${name}-${suffix}', 24)
    location: location
    readerId: identity.outputs.principalId
    deployerId: deployerId
    connectionString: isDatabaseMade
      ? 'Host=${database!.outputs.host};Database=${database!.outputs.database};Username=${database!.outputs.user};Password=${databasePassword};SSL Mode=VerifyFull;Maximum Pool Size=${maxPoolSize}'
      : existingConnectionString
    bootstrapKey: bootstrapKey
    virtFusionApiToken: virtFusionApiToken
  }
}

module app 'functionApp.bicep' = {
  name: 'app'
  params: {
    name: '${name}-${suffix}'
    location: location
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    subnetId: network.outputs.appSubnetId
    storageAccount: storage.outputs.name
    deploymentContainer: storage.outputs.deploymentContainer
    backupContainer: storage.outputs.backupContainer
    insightsConnectionString: monitoring.outputs.connectionString
    appConfigurationEndpoint: schedules.outputs.endpoint
    scheduleKeys: schedules.outputs.keys
    vaultUri: vault.outputs.uri
    virtFusionBaseUrl: virtFusionBaseUrl
    hasVirtFusionApiToken: !empty(virtFusionApiToken)
    isDatabaseNew: isDatabaseMade
    extraSettings: extraSettings
  }
}

module waker 'waker.bicep' = if (!empty(wakeKey)) {
  name: 'waker'
  params: { name: '${name}-waker', location: location, address: app.outputs.address, key: wakeKey }
}

output functionApp string = app.outputs.name
output address string = app.outputs.address
output vault string = vault.outputs.name
