// @ts-check
/** @import { Schema } from '../../api.js' */
import { html, useState } from '../../vendor/htm-preact.js';
import { search } from '../../api.js';
import { addMonths, duration, money, monthOf, number } from '../../format.js';
import { Card, CustomerLink, Figure, loaded, Money, ServerLink, When } from '../../parts/basics.js';
import { computed, Exports, Offer } from '../../parts/computed.js';
import { Filters } from '../../parts/filters.js';
import { table } from '../../parts/table.js';
import { useApp, useLoad } from '../../use.js';
import { WhatIf } from './whatIf.js';

const PATH = '/api/admin/billing/forecast';
const MAX_ROWS = 20;

/** The income of a past, current or future month by customer, and with other prices. @param {{ query: Record<string, string> }} properties */
export function Forecast({ query }) {
  const now = monthOf(new Date());
  const month = query.month || now;
  const [requested, setRequested] = useState('');
  const stored = useLoad(PATH, { month, limit: MAX_ROWS, stored: true });
  const computedNow = useLoad(requested === month ? PATH : null, { month, limit: MAX_ROWS }, { refresh: false });
  const isRequested = requested === month;
  const forecast = isRequested ? computedNow : stored;
  // Once the month is over, only a forecast that was computed since then has its result.
  const isOutdated = month < now && stored.data?.charged === null;
  const isAbsent = !isRequested && (isOutdated || (!stored.data && !stored.error && stored.at > 0));
  const app = useApp();
  const compute = isRequested ? computedNow.reload : () => setRequested(month);
  const show = (/** @type {Schema<'Forecast'>} */ data) => html`<${Figures} data=${data} />
    <div class="two"><${Customers} data=${data} /><${MostExpensive} data=${data} /></div><${Dry} rows=${data.runsDry} />
    <div class="actions left"><${Exports} app=${app} files=${['customers', 'servers'].map((list) => [`All ${list} as CSV`, PATH + search({ month, format: 'csv', list }), `forecast-${month}-${list}.csv`])} />
      <button disabled=${forecast.isLoading} onClick=${compute}>Compute again</button>
      <small>Computed <${When} at=${data.computedAt} age /> in ${duration(data.durationMs)}. The forecast of this month is computed after each billing run.</small></div>`;
  return html`<h1>Forecast</h1>
    <${Filters} query=${query} filters=${[{ name: 'month', label: 'Month', options: [[addMonths(now, -1), `${addMonths(now, -1)}, the last`], ['', `${now}, this month`], [addMonths(now, 1), `${addMonths(now, 1)}, the next`]] }]} />
    <${ChargedSoFar} month=${month} />
    ${isAbsent ? html`<${Offer} onCompute=${compute} what=${isOutdated ? `${month} is over, and its forecast was computed before its end.` : `No forecast of ${month} was computed yet. The forecast of this month is computed after each billing run.`} />`
      : isRequested ? computed(computedNow, `Computing the forecast of ${month} by the statements of a billing run.`, show) : loaded(stored, show)}
    <${WhatIf} month=${month} packages=${forecast.data?.packages ?? []} />`;
}

/** The charges so far, which need no computation. @param {{ month: string }} properties */
function ChargedSoFar({ month }) {
  const summary = useLoad('/api/admin/billing/summary', { groupBy: 'month', from: `${month}-01`, to: `${addMonths(month, 1)}-01` });
  return loaded(summary, ({ groups: [group] }) => html`<div class="banner"><p class="grow">Charged so far in ${month}: <b>${money(group?.net ?? '0')}</b> for ${number(group?.hours ?? 0)} server-hours, ${number(group?.tokens ?? 0)} tokens taken.</p></div>`);
}

/** @param {{ data: Schema<'Forecast'> }} properties */
const Figures = ({ data }) => html`<div class="row">
  <${Figure} name=${`Expected in ${data.month}`} value=${money(data.expected)} note="if every server continues as last observed" />
  ${data.charged === null ? html`<${Figure} name="At least" value=${money(data.low)} note="charged, and observed for the next run" />`
    : html`<${Figure} name="Charged" value=${money(data.charged)} note="the month is over; corrections included" />`}
  ${data.heldHours > 0 && html`<${Figure} name="Held" value=${money(data.heldAmount)} note=${`${number(data.heldHours)} hours in open holds, in no other figure`} />`}
  <${Figure} name="Servers" value=${number(data.servers)} note="that cost something or run" />
  <${Figure} name="Run dry" value=${data.runsDry.length === MAX_ROWS ? `${MAX_ROWS} or more` : number(data.runsDry.length)} note="customers whose wallet is used up before the month ends" /></div>`;

/** @type {import('../../parts/table.js').Column<{ low: string, expected: string }>[]} */
const AMOUNTS = [
  { name: 'At least', isFigure: true, cell: (row) => html`<${Money} amount=${row.low} />` },
  { name: 'Expected', isFigure: true, cell: (row) => html`<${Money} amount=${row.expected} />` },
];

/** Notes that a list is cut off. @param {readonly unknown[]} rows */
const limitNote = (rows) => rows.length === MAX_ROWS && html`<p class="muted more">The first ${MAX_ROWS}. All are in the CSV.</p>`;

/** @param {{ data: Schema<'Forecast'> }} properties */
const Customers = ({ data: { customers } }) => html`<${Card} name="By customer">${table({ caption: 'Expected by customer', empty: 'Nobody is expected to pay.', rows: customers, rowKey: (row) => row.userId, columns: [
  { name: 'Customer', cell: (row) => html`<${CustomerLink} id=${row.userId} name=${row.name} />` },
  { name: 'Servers', isFigure: true, cell: (row) => number(row.servers) }, ...AMOUNTS,
] })}${limitNote(customers)}<//>`;

/** @param {{ data: Schema<'Forecast'> }} properties */
const MostExpensive = ({ data: { mostExpensive } }) => html`<${Card} name="Most expensive servers">${table({ caption: 'Expected by server', empty: 'No server is expected to cost anything.', rows: mostExpensive, rowKey: (row) => `${row.serverId}-${row.userId}`, columns: [
  { name: 'Server', cell: (row) => html`<${ServerLink} id=${row.serverId} />` },
  { name: 'Customer', cell: (row) => html`<${CustomerLink} id=${row.userId} />` }, ...AMOUNTS,
] })}${limitNote(mostExpensive)}<//>`;

/** @param {{ rows: Schema<'RunsDry'>[] }} properties */
const Dry = ({ rows }) => html`<${Card} name="Wallets that run dry">${table({ caption: 'Wallets that run dry', empty: 'No wallet runs dry in this month.', rows, rowKey: (row) => row.userId, columns: [
  { name: 'Customer', cell: (row) => html`<${CustomerLink} id=${row.userId} name=${row.name} />` },
  { name: 'Available', isFigure: true, cell: (row) => html`<${Money} amount=${row.available} />` },
  { name: 'The next hour costs', isFigure: true, cell: (row) => html`<${Money} amount=${row.burn} />` },
  { name: 'Runs dry', cell: (row) => html`<${When} at=${row.runsDryAt} age />` },
] })}${limitNote(rows)}<//>`;
