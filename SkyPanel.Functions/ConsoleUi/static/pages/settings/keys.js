// @ts-check
/** @import { Schema } from '../../api.js' */
import { html } from '../../vendor/htm-preact.js';
import { isExpired } from '../../format.js';
import { ActionButton } from '../../parts/action.js';
import { Card, loaded, Tag, When, useShownOnce } from '../../parts/basics.js';
import { table } from '../../parts/table.js';
import { useLoad } from '../../use.js';

/** Lists, creates, rotates and revokes API keys. A new key is shown once. */
export function Keys() {
  const keys = useLoad('/api/admin/keys');
  const [banner, setShown] = useShownOnce('The new key');
  const show = (/** @type {Schema<'ShownKey'>} */ answer) => { setShown(answer.key); keys.reload(); };
  return html`<${Card} name="API keys">
    ${banner}
    ${loaded(keys, (data) => table({ caption: 'API keys', empty: 'There are no keys.', rows: data.keys, rowKey: (row) => row.id, columns: [
      { name: 'Name', cell: (row) => html`${row.name} <small>${row.id}</small>` },
      { name: 'Role', cell: (row) => row.role },
      { name: 'Owner', cell: (row) => row.owner },
      { name: 'Valid until', cell: (row) => html`<${When} at=${row.expiresAt} age />` },
      { name: 'Last used', cell: (row) => html`<${When} at=${row.lastUsedAt} age />` },
      { name: 'State', cell: (row) => html`<${Tag} state=${row.revokedAt || isExpired(row) ? '' : 'active'} text=${row.revokedAt ? 'revoked' : isExpired(row) ? 'expired' : 'active'} />` },
      { name: 'Actions', cell: (row) => !row.revokedAt && html`<div class="actions left">
        ${!isExpired(row) && html`<${ActionButton} onDone=${show} text="Rotate…" action=${{ title: `Rotate ${row.name}`, description: 'Creates a new secret. The old one stays valid during the grace period.', path: `/api/admin/keys/${row.id}/rotate`, role: 'admin', fields: [{ name: 'graceMinutes', label: 'Grace, minutes', type: 'number', value: '60', toBody: Number }], confirm: 'Rotate', done: () => `${row.name} is rotated.` }} />`}
        <${ActionButton} onDone=${keys.reload} text="Revoke…" action=${{ title: `Revoke ${row.name}`, description: 'The key is refused from now on. This is final.', method: 'DELETE', path: `/api/admin/keys/${row.id}`, role: 'admin', confirm: 'Revoke', danger: true, done: () => `${row.name} is revoked.` }} /></div>` },
    ] }))}
    <div class="actions left"><${ActionButton} onDone=${show} text="New key…" main action=${{
      title: 'New API key', description: 'The key is shown once, and expires after a year.', path: '/api/admin/keys', role: 'admin', confirm: 'Create the key', done: () => 'The key is created.',
      fields: [{ name: 'name', label: 'Name', required: true, maxLength: 100 }, { name: 'role', label: 'Role', type: 'select', value: 'viewer', options: [['viewer', 'viewer'], ['operator', 'operator'], ['admin', 'admin'], ['panel', 'panel: opens top-ups, makes links, reads accounts']] }, { name: 'owner', label: 'Owner', maxLength: 100 }],
    }} /></div><//>`;
}
