// @ts-check
import { html } from '../../vendor/htm-preact.js';
import { money, number } from '../../format.js';
import { ActButton } from '../../parts/act.js';
import { Card, CustomerLink, Loaded, When } from '../../parts/basics.js';
import { More, Table } from '../../parts/table.js';
import { usePages } from '../../use.js';
import { grantTopUp, refundTopUp } from '../acts.js';

/** Top-ups that were paid and not granted: what was asked, what was paid, why it waits. @param {{ query: Record<string, string> }} properties */
export function HeldTopUps({ query }) {
  const list = usePages('/api/admin/payments/top-ups', { state: 'held', userId: query.userId, limit: 50 }, 'topUps');
  return html`<${Card} name="Held top-ups"><${Loaded} of=${list}>${() => html`<${Table} caption="Held top-ups" empty="No top-up waits." rows=${list.rows} rowKey=${(/** @type {any} */ row) => row.id} columns=${[
    { name: 'Top-up', cell: (/** @type {any} */ row) => html`${row.id} <small>PayPal ${row.captureId ?? row.orderId}</small>` },
    { name: 'Customer', cell: (/** @type {any} */ row) => html`<${CustomerLink} id=${row.userId} />` },
    { name: 'Asked', isFigure: true, cell: (/** @type {any} */ row) => html`${money(row.amount, row.currency)} <small>${number(row.tokens)} tokens</small>` },
    { name: 'Paid', isFigure: true, cell: (/** @type {any} */ row) => (row.paidAmount ? money(row.paidAmount, row.paidCurrency) : 'nothing') },
    { name: 'Left', isFigure: true, cell: (/** @type {any} */ row) => html`${money(row.keptAmount, row.paidCurrency ?? row.currency)} <small>${number(row.keptTokens)} tokens</small>` },
    { name: 'Why it waits', cell: (/** @type {any} */ row) => row.message },
    { name: 'Paid at', cell: (/** @type {any} */ row) => html`<${When} at=${row.paidAt ?? row.createdAt} age />` },
    { name: 'Decision', cell: (/** @type {any} */ row) => html`<div class="acts left">${row.keptTokens > 0 && row.paidCurrency === row.currency && html`<${ActButton} act=${grantTopUp(row)} text="Grant…" onDone=${list.again} />`}
      ${row.paidAmount && html`<${ActButton} act=${refundTopUp(row)} text="Refund…" onDone=${list.again} />`}</div>` },
  ]} /><${More} list=${list} />`}<//><//>`;
}
