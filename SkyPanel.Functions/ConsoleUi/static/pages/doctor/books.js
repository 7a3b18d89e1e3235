// @ts-check
import { html, useState } from '../../vendor/htm-preact.js';
import { monthOf, money, number } from '../../format.js';
import { Card, CustomerLink, Tag } from '../../parts/basics.js';
import { computed } from '../../parts/computed.js';
import { table } from '../../parts/table.js';
import { useLoad } from '../../use.js';

/** Runs the integrity check and the comparison with PayPal on request. */
export function Books() {
  const [isAdded, setAdded] = useState(false);
  const [isCompared, setCompared] = useState(false);
  return html`<${Card} name="Books"><p class="muted">Every charge, transfer, debit and statement is added up; the month’s payments are compared with PayPal’s list. Both take a while and change nothing.</p>
    <div class="actions left"><button onClick=${() => setAdded(true)} disabled=${isAdded}>Add up the books</button><button onClick=${() => setCompared(true)} disabled=${isCompared}>Compare with PayPal</button></div>
    ${isAdded && html`<${Laws} />`}${isCompared && html`<${PayPal} />`}<//>`;
}

function Laws() {
  const report = useLoad('/api/admin/billing/integrity', undefined, { refresh: false });
  return computed(report, 'Adding up the books.', (data) => table({ caption: 'Laws of money', empty: '', rows: [...data.checks].sort((a, b) => Number(a.ok) - Number(b.ok)), rowKey: (row) => row.name, columns: [
    { name: 'State', cell: (row) => html`<${Tag} state=${row.ok ? 'ok' : 'failing'} text=${row.ok ? 'holds' : 'broken'} />` },
    { name: 'Law', cell: (row) => html`<b>${row.name}</b> ${row.law}` },
    { name: 'Violations', isFigure: true, cell: (row) => number(row.violations) },
    { name: 'Examples', cell: (row) => row.examples.map((example) => html`<p key=${example}>${example}</p>`) },
  ] }));
}

function PayPal() {
  const answer = useLoad('/api/admin/payments/reconciliation', { month: monthOf(new Date()) }, { refresh: false });
  return computed(answer, 'Asking PayPal for its list.', (data) => html`<p>${data.month}: ${number(data.atPayPal)} payments at PayPal, ${number(data.here)} here.</p>
    ${table({ caption: 'Top-ups that differ', empty: 'Every top-up is known to both, with the same amount.', rows: [...data.unknownAtPayPal, ...data.different], rowKey: (row) => row.id, columns: [
      { name: 'Top-up', cell: (row) => html`${row.id} <${Tag} state=${row.state} />` },
      { name: 'Customer', cell: (row) => html`<${CustomerLink} id=${row.userId} />` },
      { name: 'Paid', isFigure: true, cell: (row) => money(row.paidAmount, row.paidCurrency) },
      { name: 'PayPal', cell: (row) => row.captureId ?? row.orderId },
    ] })}
    ${data.unknownHere.length > 0 && html`<p>${number(data.unknownHere.length)} payments at PayPal belong to no top-up.</p>`}`);
}
