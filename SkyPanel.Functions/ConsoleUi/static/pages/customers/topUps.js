// @ts-check
import { html } from '../../vendor/htm-preact.js';
import { money, number } from '../../format.js';
import { ActionButton } from '../../parts/action.js';
import { Card, loaded, Tag, When } from '../../parts/basics.js';
import { More, table } from '../../parts/table.js';
import { usePages } from '../../use.js';
import { grantTopUp, refundTopUp } from '../actions.js';

/** Lists a customer's top-ups, latest first. @param {{ userId: string }} properties */
export function TopUps({ userId }) {
  const list = usePages('/api/admin/payments/top-ups', { userId, limit: 50 }, 'topUps');
  return html`<${Card} name="Top-ups">${loaded(list, () => html`${table({ caption: 'Top-ups', empty: 'No top-up yet.', rows: list.rows, rowKey: (row) => row.id, columns: [
    { name: 'Top-up', cell: (row) => html`${row.id} <${Tag} state=${row.state} />` },
    { name: 'Opened', cell: (row) => html`<${When} at=${row.createdAt} />` },
    { name: 'Amount', isFigure: true, cell: (row) => money(row.amount, row.currency) },
    { name: 'Tokens', isFigure: true, cell: (row) => number(row.tokens) },
    { name: 'Refunded', isFigure: true, cell: (row) => money(row.refundedAmount, row.currency) },
    { name: 'What happened', cell: (row) => html`${row.message}${row.refundState === 'refused' && html` PayPal refused the refund: ${row.refundMessage}`}${row.captureId && html` <small>PayPal ${row.captureId}</small>`}` },
    { name: 'Actions', cell: (row) => html`<div class="actions left">${row.state === 'held' && row.keptTokens > 0 && html`<${ActionButton} action=${grantTopUp(row)} text="Grant…" onDone=${list.reload} />`}
      ${Number(row.keptAmount) > 0 && row.disputeState !== 'open' && html`<${ActionButton} action=${refundTopUp(row)} text="Refund…" onDone=${list.reload} />`}</div>` },
  ] })}<${More} list=${list} />`)}<//>`;
}
