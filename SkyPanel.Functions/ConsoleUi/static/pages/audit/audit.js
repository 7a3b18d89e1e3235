// @ts-check
import { html } from '../../vendor/htm-preact.js';
import { search } from '../../api.js';
import { Card, loaded, When } from '../../parts/basics.js';
import { Filters } from '../../parts/filters.js';
import { save } from '../../parts/save.js';
import { More, table } from '../../parts/table.js';
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

/** @param {{ filter: Record<string, string | undefined> }} properties */
function Lines({ filter }) {
  const list = usePages('/api/admin/audit', { ...filter, limit: 50 }, 'lines');
  return html`<${Card} name="Who did what, newest first">${loaded(list, () => html`${table({ caption: 'Audit log', empty: 'No line matches.', rows: list.rows, rowKey: (row) => row.id, columns: [
    { name: 'When', cell: (row) => html`<${When} at=${row.at} />` },
    { name: 'Who', cell: (row) => html`${row.actor} <small>${row.address}</small>` },
    { name: 'Act', cell: (row) => row.action },
    { name: 'On', cell: (row) => row.subject },
    { name: 'Why', cell: (row) => row.reason },
    { name: 'Before and after', cell: (row) => (row.before || row.after) && html`<details><summary>show</summary><pre>${JSON.stringify({ before: row.before, after: row.after }, null, 1)}</pre></details>` },
  ] })}<${More} list=${list} />`)}<//>`;
}
