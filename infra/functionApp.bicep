// The app on Flex Consumption. Its settings hold names and references, no secret.

param name string
param location string

@description('Resource id and client id of the app\'s identity.')
param identityId string
param identityClientId string

param subnetId string
param storageAccount string

@description('Addresses of blob containers.')
param deploymentContainer string
param backupContainer string

param insightsConnectionString string
param appConfigurationEndpoint string

@description('Keys in App Configuration, such as Cron:HourlyBilling:Schedule: each becomes the app setting that a timer is bound to.')
param scheduleKeys array

param vaultUri string
param virtFusionBaseUrl string
param hasVirtFusionApiToken bool

@description('Whether the database is new: the app makes the panel\'s tables in it.')
param isDatabaseNew bool

@description('Further app settings, such as { Billing__MaxAmountPerRun: \'500\' }.')
param extraSettings object

var settings = {
  AzureWebJobsStorage__accountName: storageAccount
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  AZURE_CLIENT_ID: identityClientId
  AppConfiguration__Endpoint: appConfigurationEndpoint
  Backup__ContainerUri: backupContainer
  ConnectionStrings__SkyPanel: '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/connection-string)'
  Admin__TrustedProxies: '1'
  Admin__BootstrapKey: '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/bootstrap-key)'
}

var virtFusion = union(
  empty(virtFusionBaseUrl) ? {} : { VirtFusion__BaseUrl: virtFusionBaseUrl },
  hasVirtFusionApiToken ? { VirtFusion__ApiToken: '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/virtfusion-api-token)' } : {}
)

// The host resolves a timer's %Cron:…% from app settings when it starts; a reference is read anew then.
var schedules = toObject(
  scheduleKeys,
  key => replace(key, ':', '__'),
  key => '@Microsoft.AppConfiguration(Endpoint=${appConfigurationEndpoint}; Key=${key})'
)

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: name
  location: location
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  kind: 'functionapp,linux'
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identityId}': {} } }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: subnetId
    siteConfig: { minTlsVersion: '1.2', ftpsState: 'Disabled' }
    functionAppConfig: {
      runtime: { name: 'dotnet-isolated', version: '10.0' }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: deploymentContainer
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identityId }
        }
      }
      // More instances bill no faster: what is due is one run's, and a wallet is charged by one sender.
      scaleAndConcurrency: { instanceMemoryMB: 2048, maximumInstanceCount: 40 }
    }
  }

  resource appSettings 'config' = {
    name: 'appsettings'
    // Replaces all app settings: what isn't here is removed.
    properties: union(settings, virtFusion, schedules, isDatabaseNew ? { Panel__CreateTables: 'true' } : {}, extraSettings)
  }

  // Deployment goes through the container; nobody logs in with a password.
  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

output name string = app.name
output address string = 'https://${app.properties.defaultHostName}'
