// Calls the app each minute to wake its jobs, beside the app's own timer: timers have stopped where HTTP went on.

param name string
param location string

@description('Where the app answers, such as https://name.azurewebsites.net.')
param address string

@description('An API key of the app with the role operator.')
@secure()
param key string

resource waker 'Microsoft.Logic/workflows@2019-05-01' = {
  name: name
  location: location
  properties: {
    state: 'Enabled'
    parameters: { key: { value: key } }
    definition: {
      '$schema': 'https://schema.management.azure.com/providers/Microsoft.Logic/schemas/2016-06-01/workflowdefinition.json#'
      contentVersion: '1.0.0.0'
      parameters: { key: { type: 'securestring' } }
      triggers: {
        minute: {
          type: 'Recurrence'
          recurrence: { frequency: 'Minute', interval: 1 }
          // A wake may last longer than a minute; the next one waits for it.
          runtimeConfiguration: { concurrency: { runs: 1 } }
        }
      }
      actions: {
        wake: {
          type: 'Http'
          inputs: {
            method: 'POST'
            uri: '${address}/api/admin/cron/wake'
            headers: { 'x-api-key': '@parameters(\'key\')' }
            retryPolicy: { type: 'none' }
          }
          runtimeConfiguration: { secureData: { properties: ['inputs'] } }
        }
      }
    }
  }
}
