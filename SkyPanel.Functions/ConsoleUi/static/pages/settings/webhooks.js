// @ts-check
/** @import { Schema } from '../../api.js' */
import { html, useState } from '../../vendor/htm-preact.js';
import { ActButton } from '../../parts/act.js';
import { Card, loaded, When } from '../../parts/basics.js';
import { table } from '../../parts/table.js';
import { useLoad } from '../../use.js';

const PATH = '/api/admin/customers/webhooks';

/** Endpoints that notices are posted to, signed. A secret is shown once. */
export function Webhooks() {
  const list = useLoad(PATH);
  const [shown, setShown] = useState(/** @type {string | null} */ (null));
  const show = (/** @type {Schema<'ShownWebhook'>} */ answer) => { setShown(answer.secret); list.again(); };
  return html`<${Card} name="Webhooks">
    ${shown && html`<div class="banner good" role="status"><p class="grow">The secret, shown this once: <code>${shown}</code></p><button onClick=${() => setShown(null)}>Hide</button></div>`}
    ${loaded(list, (data) => table({ caption: 'Webhooks', empty: 'Notices are posted nowhere.', rows: data.webhooks.filter((one) => !one.deletedAt), rowKey: (row) => row.id, columns: [
      { name: 'Endpoint', cell: (row) => html`<code>${row.url}</code> <small>${row.description}</small>` },
      { name: 'Made', cell: (row) => html`<${When} at=${row.createdAt} /> <small>${row.createdBy}</small>` },
      { name: 'Old secret until', cell: (row) => html`<${When} at=${row.previousSecretUntil} age />` },
      { name: 'Acts', cell: (row) => html`<div class="acts left">
        <${ActButton} text="Test…" act=${{ title: `Test endpoint ${row.id}`, will: 'Posts a signed message of the type test.', path: `${PATH}/${row.id}/test`, role: 'operator', confirm: 'Post it', done: (/** @type {Schema<'WebhookTestAnswer'>} */ answer) => (answer.delivered ? 'It was delivered.' : `It was not delivered: ${answer.message}`) }} />
        <${ActButton} text="Rotate secret…" onDone=${show} act=${{ title: `Rotate the secret of endpoint ${row.id}`, will: 'The one before signs too for a while.', path: `${PATH}/${row.id}/rotate`, role: 'admin', confirm: 'Rotate', fields: [{ name: 'graceMinutes', label: 'Grace, minutes', type: 'number', value: '1440', toBody: Number }], done: () => 'The secret is rotated.' }} />
        <${ActButton} text="Delete…" onDone=${list.again} act=${{ title: `Delete endpoint ${row.id}`, will: 'What is pending for it is discarded.', method: 'DELETE', path: `${PATH}/${row.id}`, role: 'admin', confirm: 'Delete', danger: true, done: () => 'The endpoint is deleted.' }} /></div>` },
    ] }))}
    <div class="acts left"><${ActButton} text="New endpoint…" onDone=${show} act=${{ title: 'New endpoint', will: 'Notices are posted to it from now on. Its secret is shown once.', path: PATH, role: 'admin', confirm: 'Add', done: () => 'The endpoint is added.',
      fields: [{ name: 'url', label: 'Address', required: true, help: 'https, or http on loopback.' }, { name: 'description', label: 'What it is for', maxLength: 200 }] }} /></div><//>`;
}
