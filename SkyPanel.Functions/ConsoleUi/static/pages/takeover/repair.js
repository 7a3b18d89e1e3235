// @ts-check
/** @import { Schema } from '../../api.js' */
import { html } from '../../vendor/htm-preact.js';
import { search } from '../../api.js';
import { instant, money, number } from '../../format.js';
import { act, ActButton, REASON } from '../../parts/act.js';
import { Card, CustomerLink, Figure, Money, ServerLink } from '../../parts/basics.js';
import { computed, Exports } from '../../parts/computed.js';
import { Difference } from '../../parts/difference.js';
import { table } from '../../parts/table.js';
import { link } from '../../router.js';
import { useApp, useLoad } from '../../use.js';

const PATH = '/api/admin/billing/repair';
const MOST_ROWS = 50;

/** What the panel's engine took against what its hours cost exactly; the rest is given back or asked for. @param {{ query: Record<string, string> }} properties */
export function Repair({ query: { from, to } }) {
  const app = useApp();
  const repair = useLoad(PATH, { from, to, limit: MOST_ROWS }, { refresh: false });
  return computed(repair, 'Comparing what the panel took with what its hours cost.', (data) => html`
    <p>Whole months, from ${instant(data.from)} to ${instant(data.to)} UTC.</p><${Figures} data=${data} />
    <${Card} name="By customer, most left first">${table({ caption: 'Repair by customer', empty: 'The panel billed nobody in these months.', rows: data.customers, rowKey: (row) => row.userId, columns: [
      { name: 'Customer', cell: (row) => html`<${CustomerLink} id=${row.userId} name=${row.name} />` },
      { name: 'Servers', isFigure: true, cell: (row) => html`${number(row.servers)}${row.unclearServers > 0 && html` <small>${number(row.unclearServers)} unclear</small>`}` }, ...FIGURES,
      { name: 'Repair', cell: (row) => html`<${Decision} row=${row} range=${{ from: data.from, to: data.to }} again=${repair.again} />` }] })}<//>
    <${Card} name="By server and month">${table({ caption: 'Repair by server and month', empty: 'The panel billed no server in these months.', rows: data.months, rowKey: (row) => `${row.serverId} ${row.month} ${row.userId}`, columns: [
      { name: 'Server', cell: (row) => html`<${ServerLink} id=${row.serverId} />` }, { name: 'Month', cell: (row) => row.month }, ...FIGURES,
      { name: 'What was wrong', cell: (row) => row.unclear ?? wrongs(row) }] })}<//>
    <${Exports} app=${app} files=${['customers', 'months'].map((list) => [`All ${list} as CSV`, PATH + search({ from, to, format: 'csv', list }), `repair-${list}.csv`])} />`);
}

/** @param {{ row: Schema<'RepairCustomer'>, range: { from: string, to: string }, again: () => void }} properties */
function Decision({ row, range, again }) {
  if (row.holdId) return html`<a href=${link(['inbox'], { userId: row.userId })}>waits with hold ${row.holdId}</a>`;
  return /[1-9]/.test(row.remaining) && html`<${ActButton} act=${repairOf(row, range)} text="Repair…" onDone=${again} />`;
}

/** @param {Schema<'RepairCustomer'>} row @param {{ from: string, to: string }} range */
const repairOf = (row, range) => act({
  title: `Repair customer ${row.userId}`,
  will: row.remaining.startsWith('-') ? `Asks for ${money(row.remaining.slice(1))} by a supplement: the panel took less than its hours cost. Beyond the bounds of a run it waits for an admin.`
    : `Gives ${money(row.remaining)} back by a credit note: the panel took more than its hours cost.`,
  path: `/api/admin/billing/repair/${row.userId}`, role: 'operator', fields: [REASON], confirm: 'Repair', danger: row.remaining.startsWith('-'),
  body: ({ reason }) => ({ ...range, remaining: row.remaining, reason }),
  done: (answer) => (answer.holdId ? `It waits with hold ${answer.holdId}: ${answer.heldBecause}.` : answer.kind === 'none' ? 'It comes to nothing.' : `${answer.kind === 'credit_note' ? 'Credit note' : 'Supplement'} of ${money(answer.amount)}.`),
});

/** Names what an engine that rounds each row did. @param {Schema<'Repair'> | Schema<'RepairMonth'>} row */
const wrongs = (row) => [
  row.doubleRows && `${number(row.doubleRows)} double rows (${number(row.doubleHours)} hours)`, row.failedRows && `${number(row.failedRows)} failed rows`,
  row.zeroTokenRows && `${number(row.zeroTokenRows)} rows of no token`, Number(row.inAdvanceHours) > 0 && `${number(row.inAdvanceHours)} hours in advance`,
  Number(row.stoppedHours) > 0 && `${number(row.stoppedHours)} hours while stopped`,
].filter(Boolean).join(', ') || 'rounding to whole tokens only';

/** @param {{ data: Schema<'Repair'> }} properties */
const Figures = ({ data }) => html`<div class="row">
  <${Figure} name="Taken by the panel" value=${money(data.taken)} note=${`${number(data.takenTokens)} tokens in ${number(data.completedRows)} rows`} />
  <${Figure} name="Exact" value=${money(data.exact)} note="what its hours cost, each once" />
  <${Figure} name="Repaired" value=${html`<${Difference} amount=${data.repaired} />`} note="given back; below zero: asked for" />
  <${Figure} name="Left to repair" value=${html`<${Difference} amount=${data.remaining} />`} note=${data.unclear ? `without ${number(data.unclear)} unclear months` : 'taken less exact less repaired'} /></div>
  <p class="muted">What was wrong: ${wrongs(data)}.</p>`;

/** @type {import('../../parts/table.js').Column<Schema<'RepairCustomer'> | Schema<'RepairMonth'>>[]} */
const FIGURES = [
  { name: 'Taken', isFigure: true, cell: (row) => html`<${Money} amount=${row.taken} />` },
  { name: 'Exact', isFigure: true, cell: (row) => html`<${Money} amount=${row.exact} />` },
  { name: 'Repaired', isFigure: true, cell: (row) => html`<${Difference} amount=${row.repaired} />` },
  { name: 'Left', isFigure: true, cell: (row) => html`<${Difference} amount=${row.remaining} />` },
];
