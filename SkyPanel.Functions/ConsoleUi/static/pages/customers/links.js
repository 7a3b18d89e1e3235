// @ts-check
import { html, useState } from '../../vendor/htm-preact.js';
import { ActButton } from '../../parts/act.js';
import { Card, Loaded, Tag, When } from '../../parts/basics.js';
import { Table } from '../../parts/table.js';
import { useLoad } from '../../use.js';

/** Links to the customer's own page. The address of a new one is shown once. @param {{ userId: string }} properties */
export function Links({ userId }) {
  const path = `/api/admin/customers/${userId}/links`;
  const links = useLoad(path);
  const [shown, setShown] = useState(/** @type {string | null} */ (null));
  const make = /** @type {import('../../parts/act.js').Act} */ ({
    title: `Link for customer ${userId}`, will: 'Whoever has the address sees this customer’s page. It is shown once.', path, role: 'operator', confirm: 'Make the link',
    fields: [{ name: 'reason', label: 'What it is for', required: true, maxLength: 500 }, { name: 'days', label: 'Valid for, days', type: 'number', value: '30', toBody: Number }], done: () => 'The link is made.',
  });
  return html`<${Card} name="Links to the customer’s page">
    ${shown && html`<div class="banner good" role="status"><p class="grow">The address, shown this once: <code>${shown}</code></p><button onClick=${() => setShown(null)}>Hide</button></div>`}
    <${Loaded} of=${links}>${(/** @type {any} */ data) => html`<${Table} caption="Links" empty="No link was made." rows=${data.links} rowKey=${(/** @type {any} */ row) => row.id} columns=${[
      { name: 'Link', cell: (/** @type {any} */ row) => html`${row.id} <small>${row.reason}</small>` },
      { name: 'Made', cell: (/** @type {any} */ row) => html`<${When} at=${row.createdAt} /> <small>${row.createdBy}</small>` },
      { name: 'Valid until', cell: (/** @type {any} */ row) => html`<${When} at=${row.expiresAt} age />` },
      { name: 'State', cell: (/** @type {any} */ row) => html`<${Tag} state=${row.revokedAt ? '' : 'active'} text=${row.revokedAt ? `revoked by ${row.revokedBy}` : 'active'} />` },
      { name: 'Acts', cell: (/** @type {any} */ row) => !row.revokedAt && html`<${ActButton} text="Revoke…" onDone=${links.again} act=${{ title: `Revoke link ${row.id}`, will: 'The address opens nothing any more.', method: 'DELETE', path: `${path}/${row.id}`, role: 'operator', confirm: 'Revoke', danger: true, done: () => `Link ${row.id} is revoked.` }} />` },
    ]} />`}<//>
    <div class="acts left"><${ActButton} act=${make} text="New link…" onDone=${(/** @type {any} */ answer) => { setShown(answer.address); links.again(); }} /></div><//>`;
}
