// One's own values. The secrets come from the environment: deploy.sh sets them.
using 'main.bicep'

param name = 'skypanel'
param databaseSku = 'Standard_B1ms'
param databaseStorageGiB = 32

// Further app settings, by name: a deployment removes those that aren't here. Secrets are set over the API instead.
param extraSettings = {}

param deployerId = readEnvironmentVariable('DEPLOYER_ID', '')
param databasePassword = readEnvironmentVariable('DATABASE_PASSWORD', '')
param bootstrapKey = readEnvironmentVariable('BOOTSTRAP_KEY', '')
param virtFusionBaseUrl = readEnvironmentVariable('VIRTFUSION_BASE_URL', '')
param virtFusionApiToken = readEnvironmentVariable('VIRTFUSION_API_TOKEN', '')
param wakeKey = readEnvironmentVariable('WAKE_KEY', '')
param existingConnectionString = readEnvironmentVariable('EXISTING_CONNECTION_STRING', '')
