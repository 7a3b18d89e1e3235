// @ts-check
import { html, useState } from '../../vendor/htm-preact.js';
import { Card, Loaded, Money } from '../../parts/basics.js';
import { save } from '../../parts/save.js';
import { Table } from '../../parts/table.js';
import { useApp, useLoad } from '../../use.js';
import { Statement } from './statement.js';

/** A customer's months, each with its statement: shown here, or saved as a file. @param {{ userId: string }} properties */
export function Statements({ userId }) {
  const app = useApp();
  const path = `/api/admin/billing/accounts/${userId}/statements`;
  const months = useLoad(path, undefined, { refresh: false });
  const [shown, setShown] = useState(/** @type {string | null} */ (null));
  return html`<${Card} name="Statements"><${Loaded} of=${months}>${(/** @type {any} */ data) => html`<${Table} caption="Statements" empty="No month has anything yet." rows=${data.months} rowKey=${(/** @type {any} */ row) => row.month} columns=${[
    { name: 'Month', cell: (/** @type {any} */ row) => row.month },
    { name: 'Opening', isFigure: true, cell: (/** @type {any} */ row) => html`<${Money} amount=${row.opening} />` },
    { name: 'Change', isFigure: true, cell: (/** @type {any} */ row) => html`<${Money} amount=${row.change} />` },
    { name: 'Closing', isFigure: true, cell: (/** @type {any} */ row) => html`<${Money} amount=${row.closing} />` },
    { name: 'Statement', cell: (/** @type {any} */ row) => html`<div class="acts left"><button aria-expanded=${shown === row.month} onClick=${() => setShown(shown === row.month ? null : row.month)}>Show ${row.month}</button>
      ${['csv', 'html'].map((format) => html`<button key=${format} onClick=${() => save(`${path}/${row.month}?format=${format}`, `statement-${userId}-${row.month}.${format}`, app)}>Save as ${format.toUpperCase()}</button>`)}</div>` },
  ]} />${shown && html`<${Statement} key=${shown} path=${`${path}/${shown}`} />`}`}<//><//>`;
}
