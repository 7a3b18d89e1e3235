// @ts-check
/** @import { Schema } from '../../api.js' */
import { html } from '../../vendor/htm-preact.js';
import { search } from '../../api.js';
import { instant, money, number } from '../../format.js';
import { action, ActionButton, REASON } from '../../parts/action.js';
import { Card, CustomerLink, Figure, Money, ServerLink } from '../../parts/basics.js';
import { computed, Exports } from '../../parts/computed.js';
import { Difference } from '../../parts/difference.js';
import { table } from '../../parts/table.js';
import { link } from '../../router.js';
import { useApp, useLoad } from '../../use.js';

const PATH = '/api/admin/billing/repair';
const MAX_ROWS = 50;

/** Compares what the panel's engine took with the exact cost of its hours; the difference is credited or collected. @param {{ query: Record<string, string> }} properties */
export function Repair({ query: { from, to } }) {
  const app = useApp();
  const repair = useLoad(PATH, { from, to, limit: MAX_ROWS }, { refresh: false });
  return computed(repair, 'Comparing what the panel took with what its hours cost.', (data) => html`
    <p>Whole months, from ${instant(data.from)} to ${instant(data.to)} UTC.</p><${Figures} data=${data} />
    <${Card} name="By customer, largest remainder first">${table({ caption: 'Repair by customer', empty: 'The panel billed nobody in these months.', rows: data.customers, rowKey: (row) => row.userId, columns: [
      { name: 'Customer', cell: (row) => html`<${CustomerLink} id=${row.userId} name=${row.name} />` },
      { name: 'Servers', isFigure: true, cell: (row) => html`${number(row.servers)}${row.unclearServers > 0 && html` <small>${number(row.unclearServers)} unclear</small>`}` }, ...FIGURES,
      { name: 'Repair', cell: (row) => html`<${Decision} row=${row} range=${{ from: data.from, to: data.to }} reload=${repair.reload} />` }] })}<//>
    <${Card} name="By server and month">${table({ caption: 'Repair by server and month', empty: 'The panel billed no server in these months.', rows: data.months, rowKey: (row) => `${row.serverId} ${row.month} ${row.userId}`, columns: [
      { name: 'Server', cell: (row) => html`<${ServerLink} id=${row.serverId} />` }, { name: 'Month', cell: (row) => row.month }, ...FIGURES,
      { name: 'What was wrong', cell: (row) => row.unclear ?? causes(row) }] })}<//>
    <${Exports} app=${app} files=${['customers', 'months'].map((list) => [`All ${list} as CSV`, PATH + search({ from, to, format: 'csv', list }), `repair-${list}.csv`])} />`);
}

/** @param {{ row: Schema<'RepairCustomer'>, range: { from: string, to: string }, reload: () => void }} properties */
function Decision({ row, range, reload }) {
  if (row.holdId) return html`<a href=${link(['inbox'], { userId: row.userId })}>waits in hold ${row.holdId}</a>`;
  return /[1-9]/.test(row.remaining) && html`<${ActionButton} action=${repairOf(row, range)} text="Repair…" onDone=${reload} />`;
}

/** @param {Schema<'RepairCustomer'>} row @param {{ from: string, to: string }} range */
const repairOf = (row, range) => action({
  title: `Repair customer ${row.userId}`,
  description: row.remaining.startsWith('-') ? `Posts a supplement of ${money(row.remaining.slice(1))}: the panel took less than its hours cost. Beyond the bounds of a run it waits for an admin.`
    : `Posts a credit note of ${money(row.remaining)}: the panel took more than its hours cost.`,
  path: `/api/admin/billing/repair/${row.userId}`, role: 'operator', fields: [REASON], confirm: 'Repair', danger: row.remaining.startsWith('-'),
  body: ({ reason }) => ({ ...range, remaining: row.remaining, reason }),
  done: (answer) => (answer.holdId ? `It waits in hold ${answer.holdId}: ${answer.heldBecause}.` : answer.kind === 'none' ? 'There is nothing to repair.' : `${answer.kind === 'credit_note' ? 'Credit note' : 'Supplement'} of ${money(answer.amount)}.`),
});

/** Lists the errors of an engine that rounds each row. @param {Schema<'Repair'> | Schema<'RepairMonth'>} row */
const causes = (row) => [
  row.doubleRows && `${number(row.doubleRows)} double rows (${number(row.doubleHours)} hours)`, row.failedRows && `${number(row.failedRows)} failed rows`,
  row.zeroTokenRows && `${number(row.zeroTokenRows)} rows of zero tokens`, Number(row.inAdvanceHours) > 0 && `${number(row.inAdvanceHours)} hours in advance`,
  Number(row.stoppedHours) > 0 && `${number(row.stoppedHours)} hours while stopped`,
].filter(Boolean).join(', ') || 'rounding to whole tokens only';

/** @param {{ data: Schema<'Repair'> }} properties */
const Figures = ({ data }) => html`<div class="row">
  <${Figure} name="Taken by the panel" value=${money(data.taken)} note=${`${number(data.takenTokens)} tokens in ${number(data.completedRows)} rows`} />
  <${Figure} name="Exact" value=${money(data.exact)} note="what its hours cost, each once" />
  <${Figure} name="Repaired" value=${html`<${Difference} amount=${data.repaired} />`} note="credited; below zero: collected" />
  <${Figure} name="Left to repair" value=${html`<${Difference} amount=${data.remaining} />`} note=${data.unclear ? `without ${number(data.unclear)} unclear months` : 'taken minus exact minus repaired'} /></div>
  ${data.customers.length > 0 && html`<p class="muted">What was wrong: ${causes(data)}.</p>`}`;

/** @type {import('../../parts/table.js').Column<Schema<'RepairCustomer'> | Schema<'RepairMonth'>>[]} */
const FIGURES = [
  { name: 'Taken', isFigure: true, cell: (row) => html`<${Money} amount=${row.taken} />` },
  { name: 'Exact', isFigure: true, cell: (row) => html`<${Money} amount=${row.exact} />` },
  { name: 'Repaired', isFigure: true, cell: (row) => html`<${Difference} amount=${row.repaired} />` },
  { name: 'Left', isFigure: true, cell: (row) => html`<${Difference} amount=${row.remaining} />` },
];
