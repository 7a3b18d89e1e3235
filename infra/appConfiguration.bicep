// The schedules that the timers are bound to at the next start. The database's are the truth: the app writes here what differs.

param name string
param location string

@description('Principal id of the app\'s identity: it writes schedules that an admin changed.')
param appId string

@description('Object id of whoever deploys, who writes the first schedules.')
param deployerId string

// There is no narrower role that may write values.
var dataOwner = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '5ae67dd6-50cb-40e7-96ff-dc2bfa4b606b')

var schedules = [
  { job: 'HourlyBilling', schedule: '0 * * * *' }
  { job: 'DnsRenewal', schedule: '0 2 1 * *' }
  { job: 'Maintenance', schedule: '30 3 * * *' }
  { job: 'Monitoring', schedule: '0 * * * *' }
  { job: 'Backup', schedule: '15 2 * * *' }
  { job: 'Payments', schedule: '*/5 * * * *' }
  { job: 'Heartbeat', schedule: '0 * * * * *' }
]

resource store 'Microsoft.AppConfiguration/configurationStores@2024-06-01' = {
  name: name
  location: location
  sku: { name: 'standard' }
  properties: {
    disableLocalAuth: true
    dataPlaneProxy: { authenticationMode: 'Pass-through', privateLinkDelegation: 'Disabled' }
    softDeleteRetentionInDays: 7
  }

  // In a resource's name a colon is ~3A.
  resource keys 'keyValues' = [for entry in schedules: {
    name: 'Cron~3A${entry.job}~3ASchedule'
    properties: { value: entry.schedule, contentType: 'text/plain' }
    dependsOn: [deployer]
  }]
}

resource app 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(store.id, appId, dataOwner)
  scope: store
  properties: { roleDefinitionId: dataOwner, principalId: appId, principalType: 'ServicePrincipal' }
}

resource deployer 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(store.id, deployerId, dataOwner)
  scope: store
  properties: { roleDefinitionId: dataOwner, principalId: deployerId }
}

output endpoint string = store.properties.endpoint
output keys array = [for entry in schedules: 'Cron:${entry.job}:Schedule']
