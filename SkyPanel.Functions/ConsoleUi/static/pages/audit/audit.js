// @ts-check
import { html } from '../../vendor/htm-preact.js';
import { search } from '../../api.js';
import { Card, Loaded, When } from '../../parts/basics.js';
import { Filters } from '../../parts/filters.js';
import { save } from '../../parts/save.js';
import { More, Table } from '../../parts/table.js';
import { useApp, usePages } from '../../use.js';

/** Lists who did what, and exports it. @param {{ query: Record<string, string> }} properties */
export function Audit({ query }) {
  const app = useApp();
  if (!app.may('admin')) return html`<h1>Audit</h1><p>Your role may not see the audit log: it needs admin.</p>`;
  const filter = { actor: query.actor, action: query.action, from: query.from && `${query.from}T00:00:00Z`, to: query.to && `${query.to}T00:00:00Z` };
  return html`<h1>Audit</h1>
    <${Filters} query=${query} filters=${[{ name: 'actor', label: 'Who' }, { name: 'action', label: 'Act' }, { name: 'from', label: 'From (UTC)', type: 'date' }, { name: 'to', label: 'Before (UTC)', type: 'date' }]} />
    <p class="acts left"><button onClick=${() => save(`/api/admin/audit${search({ ...filter, format: 'csv' })}`, 'audit.csv', app)}>Export as CSV</button></p><${Lines} filter=${filter} />`;
}

/** @param {{ filter: Record<string, any> }} properties */
function Lines({ filter }) {
  const list = usePages('/api/admin/audit', { ...filter, limit: 50 }, 'lines');
  return html`<${Card} name="Who did what, newest first"><${Loaded} of=${list}>${() => html`<${Table} caption="Audit log" empty="No line matches." rows=${list.rows} rowKey=${(/** @type {any} */ row) => row.id} columns=${[
    { name: 'When', cell: (/** @type {any} */ row) => html`<${When} at=${row.at} />` },
    { name: 'Who', cell: (/** @type {any} */ row) => html`${row.actor} <small>${row.address}</small>` },
    { name: 'Act', cell: (/** @type {any} */ row) => row.action },
    { name: 'On', cell: (/** @type {any} */ row) => row.subject },
    { name: 'Why', cell: (/** @type {any} */ row) => row.reason },
    { name: 'Before and after', cell: (/** @type {any} */ row) => (row.before || row.after) && html`<details><summary>show</summary><pre>${JSON.stringify({ before: row.before, after: row.after }, null, 1)}</pre></details>` },
  ]} /><${More} list=${list} />`}<//><//>`;
}
