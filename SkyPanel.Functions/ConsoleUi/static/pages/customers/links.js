// @ts-check
/** @import { Schema } from '../../api.js' */
import { html, useState } from '../../vendor/htm-preact.js';
import { ActButton } from '../../parts/act.js';
import { Card, loaded, Tag, When } from '../../parts/basics.js';
import { table } from '../../parts/table.js';
import { useLoad } from '../../use.js';

/** Links to the customer's own page. The address of a new one is shown once. @param {{ userId: string }} properties */
export function Links({ userId }) {
  const path = /** @type {const} */ (`/api/admin/customers/${userId}/links`);
  const links = useLoad(path);
  const [shown, setShown] = useState(/** @type {string | null} */ (null));
  const make = /** @type {import('../../parts/act.js').Act} */ ({
    title: `Link for customer ${userId}`, will: 'Whoever has the address sees this customer’s page. It is shown once.', path, role: 'operator', confirm: 'Make the link',
    fields: [{ name: 'reason', label: 'What it is for', required: true, maxLength: 500 }, { name: 'days', label: 'Valid for, days', type: 'number', value: '30', toBody: Number }], done: () => 'The link is made.',
  });
  return html`<${Card} name="Links to the customer’s page">
    ${shown && html`<div class="banner good" role="status"><p class="grow">The address, shown this once: <code>${shown}</code></p><button onClick=${() => setShown(null)}>Hide</button></div>`}
    ${loaded(links, (data) => table({ caption: 'Links', empty: 'No link was made.', rows: data.links, rowKey: (row) => row.id, columns: [
      { name: 'Link', cell: (row) => html`${row.id} <small>${row.reason}</small>` },
      { name: 'Made', cell: (row) => html`<${When} at=${row.createdAt} /> <small>${row.createdBy}</small>` },
      { name: 'Valid until', cell: (row) => html`<${When} at=${row.expiresAt} age />` },
      { name: 'State', cell: (row) => html`<${Tag} state=${row.revokedAt ? '' : 'active'} text=${row.revokedAt ? `revoked by ${row.revokedBy}` : 'active'} />` },
      { name: 'Acts', cell: (row) => !row.revokedAt && html`<${ActButton} text="Revoke…" onDone=${links.again} act=${{ title: `Revoke link ${row.id}`, will: 'The address opens nothing any more.', method: 'DELETE', path: `${path}/${row.id}`, role: 'operator', confirm: 'Revoke', danger: true, done: () => `Link ${row.id} is revoked.` }} />` },
    ] }))}
    <div class="acts left"><${ActButton} act=${make} text="New link…" onDone=${(/** @type {Schema<'ShownLink'>} */ answer) => { setShown(answer.address); links.again(); }} /></div><//>`;
}
