// @ts-check
import { html, useState } from '../../vendor/htm-preact.js';
import { ActButton } from '../../parts/act.js';
import { Card, Loaded, Tag, When } from '../../parts/basics.js';
import { Table } from '../../parts/table.js';
import { useLoad } from '../../use.js';

/** Lists API keys, makes, rotates and revokes them. A new key is shown once. */
export function Keys() {
  const keys = useLoad('/api/admin/keys');
  const [shown, setShown] = useState(/** @type {string | null} */ (null));
  const show = (/** @type {any} */ answer) => { setShown(answer.key); keys.again(); };
  return html`<${Card} name="API keys">
    ${shown && html`<div class="banner good" role="status"><p class="grow">The new key, shown this once: <code>${shown}</code></p><button onClick=${() => setShown(null)}>Hide</button></div>`}
    <${Loaded} of=${keys}>${(/** @type {any} */ data) => html`<${Table} caption="API keys" empty="No key was made." rows=${data.keys} rowKey=${(/** @type {any} */ row) => row.id} columns=${[
      { name: 'Name', cell: (/** @type {any} */ row) => html`${row.name} <small>${row.id}</small>` },
      { name: 'Role', cell: (/** @type {any} */ row) => row.role },
      { name: 'Owner', cell: (/** @type {any} */ row) => row.owner },
      { name: 'Valid until', cell: (/** @type {any} */ row) => html`<${When} at=${row.expiresAt} age />` },
      { name: 'Last used', cell: (/** @type {any} */ row) => html`<${When} at=${row.lastUsedAt} age />` },
      { name: 'State', cell: (/** @type {any} */ row) => html`<${Tag} state=${row.revokedAt ? '' : 'active'} text=${row.revokedAt ? 'revoked' : 'active'} />` },
      { name: 'Acts', cell: (/** @type {any} */ row) => !row.revokedAt && html`<div class="acts left">
        <${ActButton} onDone=${show} text="Rotate…" act=${{ title: `Rotate ${row.name}`, will: 'Makes a new secret; the old one goes on for the grace time.', path: `/api/admin/keys/${row.id}/rotate`, role: 'admin', fields: [{ name: 'graceMinutes', label: 'Grace, minutes', type: 'number', value: '60', toBody: Number }], confirm: 'Rotate', done: () => `${row.name} is rotated.` }} />
        <${ActButton} onDone=${keys.again} text="Revoke…" act=${{ title: `Revoke ${row.name}`, will: 'The key is refused from now on. This is final.', method: 'DELETE', path: `/api/admin/keys/${row.id}`, role: 'admin', confirm: 'Revoke', danger: true, done: () => `${row.name} is revoked.` }} /></div>` },
    ]} />`}<//>
    <div class="acts left"><${ActButton} onDone=${show} text="New key…" main act=${{
      title: 'New API key', will: 'The key is shown once.', path: '/api/admin/keys', role: 'admin', confirm: 'Make the key', done: () => 'The key is made.',
      fields: [{ name: 'name', label: 'Name', required: true, maxLength: 100 }, { name: 'role', label: 'Role', type: 'select', value: 'viewer', options: [['viewer', 'viewer'], ['operator', 'operator'], ['admin', 'admin']] }, { name: 'owner', label: 'Owner', maxLength: 100 }],
    }} /></div><//>`;
}
