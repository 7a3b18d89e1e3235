// @ts-check
import { html } from '../../vendor/htm-preact.js';
import { search } from '../../api.js';
import { number } from '../../format.js';
import { Card, loaded, When } from '../../parts/basics.js';
import { Filters } from '../../parts/filters.js';
import { save } from '../../parts/save.js';
import { More, table } from '../../parts/table.js';
import { useApp, useLoad, usePages } from '../../use.js';

/** Lists and exports the audit log. @param {{ query: Record<string, string> }} properties */
export function Audit({ query }) {
  const app = useApp();
  if (!app.hasRole('admin')) return html`<h1>Audit</h1><p>The audit log needs the role admin.</p>`;
  const filter = { actor: query.actor, action: query.action, from: query.from && `${query.from}T00:00:00Z`, to: query.to && `${query.to}T00:00:00Z` };
  return html`<h1>Audit</h1>
    <${Filters} query=${query} filters=${[{ name: 'actor', label: 'Who' }, { name: 'action', label: 'Action' }, { name: 'from', label: 'From (UTC)', type: 'date' }, { name: 'to', label: 'Before (UTC)', type: 'date' }]} />
    <p class="actions left"><button onClick=${() => save(`/api/admin/audit${search({ ...filter, format: 'csv' })}`, 'audit.csv', app)}>Export as CSV</button></p><${Lines} filter=${filter} /><${Refusals} from=${filter.from} to=${filter.to} />`;
}

/** @param {{ filter: Record<string, string | undefined> }} properties */
function Lines({ filter }) {
  const list = usePages('/api/admin/audit', { ...filter, limit: 50 }, 'lines');
  return html`<${Card} name="Who did what, newest first">${loaded(list, () => html`${table({ caption: 'Audit log', empty: 'No line matches.', rows: list.rows, rowKey: (row) => row.id, columns: [
    { name: 'When', cell: (row) => html`<${When} at=${row.at} />` },
    { name: 'Who', cell: (row) => html`${row.actor} <small>${row.address}</small>` },
    { name: 'Action', cell: (row) => row.action },
    { name: 'On', cell: (row) => row.subject },
    { name: 'Why', cell: (row) => row.reason },
    { name: 'Before and after', cell: (row) => (row.before || row.after) && html`<details><summary>show</summary><pre>${JSON.stringify({ before: row.before, after: row.after }, null, 1)}</pre></details>` },
  ] })}<${More} list=${list} />`)}<//>`;
}

/** Lists refused requests, such as those with a wrong key. @param {{ from?: string, to?: string }} properties */
function Refusals({ from, to }) {
  const list = useLoad('/api/admin/audit/refusals', { from, to, limit: 50 });
  return html`<${Card} name="Who was refused, latest first">${loaded(list, (data) => table({ caption: 'Refusals', empty: 'Nobody was refused.', rows: data.refusals, rowKey: (row) => `${row.minute} ${row.source} ${row.actor} ${row.reason}`, columns: [
    { name: 'Minute', cell: (row) => html`<${When} at=${row.minute} />` },
    { name: 'Who', cell: (row) => html`${row.actor || 'without a valid key'} <small>${row.source}</small>` },
    { name: 'Why', cell: (row) => row.reason },
    { name: 'Times', isFigure: true, cell: (row) => number(row.attempts) },
    { name: 'Last request', cell: (row) => html`<code>${row.lastRequest}</code>` },
  ] }))}<//>`;
}
