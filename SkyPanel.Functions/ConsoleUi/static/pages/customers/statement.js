// @ts-check
import { html } from '../../vendor/htm-preact.js';
import { number } from '../../format.js';
import { Loaded, Money, ServerLink, Tag, When } from '../../parts/basics.js';
import { Table } from '../../parts/table.js';
import { useLoad } from '../../use.js';

/** One month's statement: opening and lines add up to closing. @param {{ path: string }} properties */
export function Statement({ path }) {
  const statement = useLoad(path, undefined, { refresh: false });
  return html`<${Loaded} of=${statement}>${(/** @type {any} */ data) => html`<h3>${data.month} <${Tag} state=${data.state} /></h3>
    ${data.open.map((/** @type {any} */ item) => html`<p class="muted">Waits for ${item.serverId ? html`<${ServerLink} id=${item.serverId} />: ` : ''}${item.reason}</p>`)}
    <dl><dt>Opening</dt><dd><${Money} amount=${data.opening} /></dd>
      ${[['Charges', data.totals.charges], ['Corrections', data.totals.corrections], ['DNS renewals', data.totals.dnsRenewals], ['Taken from the wallet', data.totals.debits], ['Given back to it', data.totals.refunds]]
        .map(([name, amount]) => html`<dt key=${name}>${name}</dt><dd><${Money} amount=${amount} /></dd>`)}
      <dt><b>Closing</b></dt><dd><b><${Money} amount=${data.closing} /></b></dd></dl>
    <${Table} caption="Charges by server and price" empty="No hour was charged." rows=${data.charges.map((/** @type {any} */ line, /** @type {number} */ i) => ({ ...line, i }))} rowKey=${(/** @type {any} */ row) => row.i} columns=${[
      { name: 'Server', cell: (/** @type {any} */ row) => html`<${ServerLink} id=${row.serverId} /> <small>${row.plan}</small>` },
      { name: 'From', cell: (/** @type {any} */ row) => html`<${When} at=${row.fromHour} />` },
      { name: 'Until', cell: (/** @type {any} */ row) => html`<${When} at=${row.untilHour} />` },
      { name: 'Hours', isFigure: true, cell: (/** @type {any} */ row) => number(row.hours) },
      { name: 'Price', isFigure: true, cell: (/** @type {any} */ row) => html`<${Money} amount=${row.price} /> <small>${row.isMonthlyPrice ? `a month of ${row.basisHours} h` : 'an hour'}${row.isCapReached ? ', cap reached' : ''}</small>` },
      { name: 'Amount', isFigure: true, cell: (/** @type {any} */ row) => html`<${Money} amount=${row.amount} />` },
    ]} />`}<//>`;
}
