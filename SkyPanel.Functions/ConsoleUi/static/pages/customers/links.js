// @ts-check
/** @import { Schema } from '../../api.js' */
import { html } from '../../vendor/htm-preact.js';
import { isExpired } from '../../format.js';
import { ActionButton } from '../../parts/action.js';
import { Card, loaded, Tag, When, useShownOnce } from '../../parts/basics.js';
import { table } from '../../parts/table.js';
import { useLoad } from '../../use.js';

/** Links to the customer's own page. The address of a new one is shown once. @param {{ userId: string }} properties */
export function Links({ userId }) {
  const path = /** @type {const} */ (`/api/admin/customers/${userId}/links`);
  const links = useLoad(path);
  const [banner, setShown] = useShownOnce('The address');
  const create = /** @type {import('../../parts/action.js').Action} */ ({
    title: `Link for customer ${userId}`, description: 'Anyone with the address sees this customer’s page. The address is shown once.', path, role: 'operator', confirm: 'Create the link',
    fields: [{ name: 'reason', label: 'What it is for', required: true, maxLength: 500 }, { name: 'days', label: 'Valid for, days', type: 'number', value: '30', toBody: Number }], done: () => 'The link is created.',
  });
  return html`<${Card} name="Links to the customer’s page">
    ${banner}
    ${loaded(links, (data) => table({ caption: 'Links', empty: 'There are no links.', rows: data.links, rowKey: (row) => row.id, columns: [
      { name: 'Link', cell: (row) => html`${row.id} <small>${row.reason}</small>` },
      { name: 'Created', cell: (row) => html`<${When} at=${row.createdAt} /> <small>${row.createdBy}</small>` },
      { name: 'Valid until', cell: (row) => html`<${When} at=${row.expiresAt} age />` },
      { name: 'State', cell: (row) => html`<${Tag} state=${row.revokedAt || isExpired(row) ? '' : 'active'} text=${row.revokedAt ? `revoked by ${row.revokedBy}` : isExpired(row) ? 'expired' : 'active'} />` },
      { name: 'Actions', cell: (row) => !row.revokedAt && html`<${ActionButton} text="Revoke…" onDone=${links.reload} action=${{ title: `Revoke link ${row.id}`, description: 'The address no longer opens the page.', method: 'DELETE', path: `${path}/${row.id}`, role: 'operator', confirm: 'Revoke', danger: true, done: () => `Link ${row.id} is revoked.` }} />` },
    ] }))}
    <div class="actions left"><${ActionButton} action=${create} text="New link…" onDone=${(/** @type {Schema<'ShownLink'>} */ answer) => { setShown(answer.address); links.reload(); }} /></div><//>`;
}
