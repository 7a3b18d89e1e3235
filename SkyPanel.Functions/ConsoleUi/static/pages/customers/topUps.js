// @ts-check
import { html } from '../../vendor/htm-preact.js';
import { money, number } from '../../format.js';
import { ActButton } from '../../parts/act.js';
import { Card, loaded, Tag, When } from '../../parts/basics.js';
import { More, table } from '../../parts/table.js';
import { usePages } from '../../use.js';
import { grantTopUp, refundTopUp } from '../acts.js';

/** A customer's top-ups, the latest first. @param {{ userId: string }} properties */
export function TopUps({ userId }) {
  const list = usePages('/api/admin/payments/top-ups', { userId, limit: 50 }, 'topUps');
  return html`<${Card} name="Top-ups">${loaded(list, () => html`${table({ caption: 'Top-ups', empty: 'No top-up yet.', rows: list.rows, rowKey: (row) => row.id, columns: [
    { name: 'Top-up', cell: (row) => html`${row.id} <${Tag} state=${row.state} />` },
    { name: 'Opened', cell: (row) => html`<${When} at=${row.createdAt} />` },
    { name: 'Amount', isFigure: true, cell: (row) => money(row.amount, row.currency) },
    { name: 'Tokens', isFigure: true, cell: (row) => number(row.tokens) },
    { name: 'Given back', isFigure: true, cell: (row) => money(row.refundedAmount, row.currency) },
    { name: 'What happened', cell: (row) => html`${row.message}${row.captureId && html` <small>PayPal ${row.captureId}</small>`}` },
    { name: 'Acts', cell: (row) => html`<div class="acts left">${row.state === 'held' && row.keptTokens > 0 && html`<${ActButton} act=${grantTopUp(row)} text="Grant…" onDone=${list.again} />`}
      ${Number(row.keptAmount) > 0 && row.disputeState !== 'open' && html`<${ActButton} act=${refundTopUp(row)} text="Refund…" onDone=${list.again} />`}</div>` },
  ] })}<${More} list=${list} />`)}<//>`;
}
