// @ts-check
import { html } from '../../vendor/htm-preact.js';
import { money, number } from '../../format.js';
import { ActButton } from '../../parts/act.js';
import { Card, Loaded, Tag, When } from '../../parts/basics.js';
import { More, Table } from '../../parts/table.js';
import { usePages } from '../../use.js';
import { grantTopUp, refundTopUp } from '../acts.js';

/** A customer's top-ups, the latest first. @param {{ userId: string }} properties */
export function TopUps({ userId }) {
  const list = usePages('/api/admin/payments/top-ups', { userId, limit: 50 }, 'topUps');
  return html`<${Card} name="Top-ups"><${Loaded} of=${list}>${() => html`<${Table} caption="Top-ups" empty="No top-up yet." rows=${list.rows} rowKey=${(/** @type {any} */ row) => row.id} columns=${[
    { name: 'Top-up', cell: (/** @type {any} */ row) => html`${row.id} <${Tag} state=${row.state} />` },
    { name: 'Opened', cell: (/** @type {any} */ row) => html`<${When} at=${row.createdAt} />` },
    { name: 'Amount', isFigure: true, cell: (/** @type {any} */ row) => money(row.amount, row.currency) },
    { name: 'Tokens', isFigure: true, cell: (/** @type {any} */ row) => number(row.tokens) },
    { name: 'Given back', isFigure: true, cell: (/** @type {any} */ row) => money(row.refundedAmount, row.currency) },
    { name: 'What happened', cell: (/** @type {any} */ row) => html`${row.message}${row.captureId && html` <small>PayPal ${row.captureId}</small>`}` },
    { name: 'Acts', cell: (/** @type {any} */ row) => html`<div class="acts left">${row.state === 'held' && row.keptTokens > 0 && html`<${ActButton} act=${grantTopUp(row)} text="Grant…" onDone=${list.again} />`}
      ${Number(row.keptAmount) > 0 && row.disputeState !== 'open' && html`<${ActButton} act=${refundTopUp(row)} text="Refund…" onDone=${list.again} />`}</div>` },
  ]} /><${More} list=${list} />`}<//><//>`;
}
