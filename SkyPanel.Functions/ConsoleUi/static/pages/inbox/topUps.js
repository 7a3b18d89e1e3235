// @ts-check
import { html } from '../../vendor/htm-preact.js';
import { money, number } from '../../format.js';
import { ActionButton } from '../../parts/action.js';
import { Card, CustomerLink, loaded, When } from '../../parts/basics.js';
import { More, table } from '../../parts/table.js';
import { usePages } from '../../use.js';
import { closeTopUp, grantTopUp, refundTopUp } from '../actions.js';

/** Top-ups that were paid but not granted: the order, the payment, and why it waits. @param {{ query: Record<string, string> }} properties */
export function HeldTopUps({ query }) {
  const list = usePages('/api/admin/payments/top-ups', { state: 'held', userId: query.userId, limit: 50 }, 'topUps');
  return html`<${Card} name="Held top-ups">${loaded(list, () => html`${table({ caption: 'Held top-ups', empty: 'No top-up waits.', rows: list.rows, rowKey: (row) => row.id, columns: [
    { name: 'Top-up', cell: (row) => html`${row.id} <small>PayPal ${row.captureId ?? row.orderId}</small>` },
    { name: 'Customer', cell: (row) => html`<${CustomerLink} id=${row.userId} />` },
    { name: 'Ordered', isFigure: true, cell: (row) => html`${money(row.amount, row.currency)}<br /><small>${number(row.tokens)} tokens</small>` },
    { name: 'Paid', isFigure: true, cell: (row) => (row.paidAmount ? money(row.paidAmount, row.paidCurrency) : 'nothing') },
    { name: 'Left', isFigure: true, cell: (row) => html`${money(row.keptAmount, row.paidCurrency ?? row.currency)}<br /><small>${number(row.keptTokens)} tokens</small>` },
    { name: 'Why it waits', cell: (row) => row.message },
    { name: 'Paid at', cell: (row) => html`<${When} at=${row.paidAt ?? row.createdAt} age />` },
    { name: 'Decision', cell: (row) => html`<div class="actions left">${row.keptTokens > 0 && row.paidCurrency === row.currency && html`<${ActionButton} action=${grantTopUp(row)} text="Grant…" onDone=${list.reload} />`}
      ${row.paidAmount ? html`<${ActionButton} action=${refundTopUp(row)} text="Refund…" onDone=${list.reload} />` : html`<${ActionButton} action=${closeTopUp(row)} text="Close…" onDone=${list.reload} />`}</div>` },
  ] })}<${More} list=${list} />`)}<//>`;
}
