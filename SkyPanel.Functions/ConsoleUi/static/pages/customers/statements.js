// @ts-check
import { html, useEffect, useState } from '../../vendor/htm-preact.js';
import { Card, loaded, Money } from '../../parts/basics.js';
import { save } from '../../parts/save.js';
import { table } from '../../parts/table.js';
import { useApp, useLoad } from '../../use.js';
import { Statement } from './statement.js';

/** Lists a customer's statements, to show or to save. @param {{ userId: string, changes: number }} properties They are read again after each change. */
export function Statements({ userId, changes }) {
  const app = useApp();
  const path = /** @type {const} */ (`/api/admin/billing/accounts/${userId}/statements`);
  const months = useLoad(path, undefined, { refresh: false });
  const [shown, setShown] = useState(/** @type {string | null} */ (null));
  useEffect(() => {
    if (changes > 0) months.reload();
  }, [changes]);
  return html`<${Card} name="Statements">${loaded(months, (data) => html`${table({ caption: 'Statements', empty: 'There is no statement yet.', rows: data.months, rowKey: (row) => row.month, columns: [
    { name: 'Month', cell: (row) => row.month },
    { name: 'Opening', isFigure: true, cell: (row) => html`<${Money} amount=${row.opening} />` },
    { name: 'Change', isFigure: true, cell: (row) => html`<${Money} amount=${row.change} />` },
    { name: 'Closing', isFigure: true, cell: (row) => html`<${Money} amount=${row.closing} />` },
    { name: 'Statement', cell: (row) => html`<div class="actions left"><button aria-expanded=${shown === row.month} onClick=${() => setShown(shown === row.month ? null : row.month)}>Show ${row.month}</button>
      ${['csv', 'html'].map((format) => html`<button key=${format} onClick=${() => save(`${path}/${row.month}?format=${format}`, `statement-${userId}-${row.month}.${format}`, app)}>Save as ${format.toUpperCase()}</button>`)}</div>` },
  ] })}${shown && html`<${Statement} key=${`${shown} ${changes}`} path=${`${path}/${shown}`} />`}`)}<//>`;
}
