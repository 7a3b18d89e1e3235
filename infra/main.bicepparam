// One's own values. The secrets come from the environment: deploy.sh sets them.
using 'main.bicep'

param name = 'skypanel'
param databaseSku = 'Standard_B1ms'
param databaseStorageGiB = 32
param virtFusionBaseUrl = ''

param deployerId = readEnvironmentVariable('DEPLOYER_ID', '')
param databasePassword = readEnvironmentVariable('DATABASE_PASSWORD', '')
param bootstrapKey = readEnvironmentVariable('BOOTSTRAP_KEY', '')
param virtFusionApiToken = readEnvironmentVariable('VIRTFUSION_API_TOKEN', '')
param wakeKey = readEnvironmentVariable('WAKE_KEY', '')
param existingConnectionString = readEnvironmentVariable('EXISTING_CONNECTION_STRING', '')
