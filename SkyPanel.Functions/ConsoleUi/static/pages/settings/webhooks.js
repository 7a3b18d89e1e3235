// @ts-check
/** @import { Schema } from '../../api.js' */
import { html } from '../../vendor/htm-preact.js';
import { ActionButton } from '../../parts/action.js';
import { Card, loaded, When, useShownOnce } from '../../parts/basics.js';
import { table } from '../../parts/table.js';
import { useLoad } from '../../use.js';

const PATH = '/api/admin/customers/webhooks';

/** Endpoints that signed notices are posted to. A secret is shown once. */
export function Webhooks() {
  const list = useLoad(PATH);
  const [banner, setShown] = useShownOnce('The secret');
  const show = (/** @type {Schema<'ShownWebhook'>} */ answer) => { setShown(answer.secret); list.reload(); };
  return html`<${Card} name="Webhooks">
    ${banner}
    ${loaded(list, (data) => table({ caption: 'Webhooks', empty: 'There are no endpoints.', rows: data.webhooks.filter((one) => !one.deletedAt), rowKey: (row) => row.id, columns: [
      { name: 'Endpoint', cell: (row) => html`<code>${row.url}</code> <small>${row.description}</small>` },
      { name: 'Created', cell: (row) => html`<${When} at=${row.createdAt} /> <small>${row.createdBy}</small>` },
      { name: 'Old secret until', cell: (row) => html`<${When} at=${row.previousSecretUntil} age />` },
      { name: 'Actions', cell: (row) => html`<div class="actions left">
        <${ActionButton} text="Test…" action=${{ title: `Test endpoint ${row.id}`, description: 'Posts a signed message of the type test.', path: `${PATH}/${row.id}/test`, role: 'operator', confirm: 'Post it', done: (/** @type {Schema<'WebhookTestAnswer'>} */ answer) => (answer.delivered ? 'It was delivered.' : `It was not delivered: ${answer.message}`) }} />
        <${ActionButton} text="Rotate secret…" onDone=${show} action=${{ title: `Rotate the secret of endpoint ${row.id}`, description: 'The previous secret also signs during the grace period.', path: `${PATH}/${row.id}/rotate`, role: 'admin', confirm: 'Rotate', fields: [{ name: 'graceMinutes', label: 'Grace, minutes', type: 'number', value: '1440', toBody: Number }], done: () => 'The secret is rotated.' }} />
        <${ActionButton} text="Delete…" onDone=${list.reload} action=${{ title: `Delete endpoint ${row.id}`, description: 'Its pending messages are discarded.', method: 'DELETE', path: `${PATH}/${row.id}`, role: 'admin', confirm: 'Delete', danger: true, done: () => 'The endpoint is deleted.' }} /></div>` },
    ] }))}
    <div class="actions left"><${ActionButton} text="New endpoint…" onDone=${show} action=${{ title: 'New endpoint', description: 'Notices are posted to it from now on. Its secret is shown once.', path: PATH, role: 'admin', confirm: 'Add', done: () => 'The endpoint is added.',
      fields: [{ name: 'url', label: 'Address', required: true, help: 'https, or http on loopback.' }, { name: 'description', label: 'What it is for', maxLength: 200 }] }} /></div><//>`;
}
