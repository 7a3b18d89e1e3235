// @ts-check
import { html } from '../../vendor/htm-preact.js';
import { number } from '../../format.js';
import { loaded, Money, ServerLink, Tag, When } from '../../parts/basics.js';
import { table } from '../../parts/table.js';
import { useLoad } from '../../use.js';

/** One month's statement: opening and lines add up to closing. @param {{ path: `/api/admin/billing/accounts/${string}/statements/${string}` }} properties */
export function Statement({ path }) {
  const statement = useLoad(path, undefined, { refresh: false });
  return loaded(statement, (data) => html`<h3>${data.month} <${Tag} state=${data.state} /></h3>
    ${data.open.map((item) => html`<p class="muted">Waits for ${item.serverId ? html`<${ServerLink} id=${item.serverId} />: ` : ''}${item.reason}</p>`)}
    <dl><dt>Opening</dt><dd><${Money} amount=${data.opening} /></dd>
      ${[['Charges', data.totals.charges], ['Corrections', data.totals.corrections], ['DNS renewals', data.totals.dnsRenewals], ['Taken from the wallet', data.totals.debits], ['Refunded to the wallet', data.totals.refunds]]
        .map(([name, amount]) => html`<dt key=${name}>${name}</dt><dd><${Money} amount=${amount} /></dd>`)}
      <dt><b>Closing</b></dt><dd><b><${Money} amount=${data.closing} /></b></dd></dl>
    ${table({ caption: 'Charges by server and price', empty: 'No hour was charged.', rows: data.charges.map((line, i) => ({ ...line, i })), rowKey: (row) => row.i, columns: [
      { name: 'Server', cell: (row) => html`<${ServerLink} id=${row.serverId} /> <small>${row.plan}</small>` },
      { name: 'From', cell: (row) => html`<${When} at=${row.fromHour} />` },
      { name: 'Until', cell: (row) => html`<${When} at=${row.untilHour} />` },
      { name: 'Hours', isFigure: true, cell: (row) => number(row.hours) },
      { name: 'Price', isFigure: true, cell: (row) => html`<${Money} amount=${row.price} /> <small>${row.isMonthlyPrice ? `a month of ${row.basisHours} h` : 'an hour'}${row.isCapReached ? ', cap reached' : ''}</small>` },
      { name: 'Amount', isFigure: true, cell: (row) => html`<${Money} amount=${row.amount} />` },
    ] })}`);
}
