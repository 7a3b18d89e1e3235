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
const MOST_ROWS = 20;

/** What a month was, is or will be worth, by customer, and what it would bring with other prices. @param {{ query: Record<string, string> }} properties */
export function Forecast({ query }) {
  const now = monthOf(new Date());
  const month = query.month || now;
  const [asked, setAsked] = useState('');
  const stored = useLoad(PATH, { month, limit: MOST_ROWS, stored: true });
  const anew = useLoad(asked === month ? PATH : null, { month, limit: MOST_ROWS }, { refresh: false });
  const forecast = asked === month ? anew : stored;
  const app = useApp();
  const compute = asked === month ? anew.again : () => setAsked(month);
  return html`<h1>Forecast</h1>
    <${Filters} query=${query} filters=${[{ name: 'month', label: 'Month', options: [[addMonths(now, -1), `${addMonths(now, -1)}, the last`], ['', `${now}, this month`], [addMonths(now, 1), `${addMonths(now, 1)}, the next`]] }]} />
    <${SoFar} month=${month} />
    ${!forecast.data && !forecast.isLoading && !forecast.error ? html`<${Offer} what=${`No forecast of ${month} was computed yet. That of this month is computed after each billing run.`} onCompute=${compute} />`
    : computed(forecast, `Computing the forecast of ${month} by the statements of a billing run.`, (data) => html`<${Figures} data=${data} />
      <div class="two"><${Customers} data=${data} /><${MostExpensive} data=${data} /></div><${Dry} rows=${data.runsDry} />
      <div class="acts left"><${Exports} app=${app} files=${['customers', 'servers'].map((list) => [`All ${list} as CSV`, PATH + search({ month, format: 'csv', list }), `forecast-${month}-${list}.csv`])} />
        <button disabled=${forecast.isLoading} onClick=${compute}>Compute again</button>
        <small>Computed <${When} at=${data.computedAt} age /> in ${duration(data.durationMs)}. That of this month is computed after each billing run.</small></div>`)}
    <${WhatIf} month=${month} packages=${forecast.data?.packages ?? []} />`;
}

/** What was charged until now: there at once. @param {{ month: string }} properties */
function SoFar({ month }) {
  const summary = useLoad('/api/admin/billing/summary', { groupBy: 'month', from: `${month}-01`, to: `${addMonths(month, 1)}-01` });
  return loaded(summary, ({ groups: [group] }) => html`<div class="banner"><p class="grow">Charged of ${month} until now: <b>${money(group?.net ?? '0')}</b> for ${number(group?.hours ?? 0)} server-hours, ${number(group?.tokens ?? 0)} tokens taken.</p></div>`);
}

/** @param {{ data: Schema<'Forecast'> }} properties */
const Figures = ({ data }) => html`<div class="row">
  <${Figure} name=${`Expected of ${data.month}`} value=${money(data.expected)} note="if every server goes on as it was last seen" />
  ${data.charged === null ? html`<${Figure} name="At least" value=${money(data.low)} note="charged, and observed for the next run" />`
    : html`<${Figure} name="Charged" value=${money(data.charged)} note="the month is over; corrections included" />`}
  <${Figure} name="Servers" value=${number(data.servers)} note="that cost something or run" />
  <${Figure} name="Run dry" value=${data.runsDry.length === MOST_ROWS ? `${MOST_ROWS} or more` : number(data.runsDry.length)} note="customers whose wallet ends before the month" /></div>`;

/** @type {import('../../parts/table.js').Column<{ low: string, expected: string }>[]} */
const AMOUNTS = [
  { name: 'At least', isFigure: true, cell: (row) => html`<${Money} amount=${row.low} />` },
  { name: 'Expected', isFigure: true, cell: (row) => html`<${Money} amount=${row.expected} />` },
];

/** Says that a list ends. @param {readonly unknown[]} rows */
const most = (rows) => rows.length === MOST_ROWS && html`<p class="muted more">The first ${MOST_ROWS}. All are in the CSV.</p>`;

/** @param {{ data: Schema<'Forecast'> }} properties */
const Customers = ({ data: { customers } }) => html`<${Card} name="By customer">${table({ caption: 'Expected by customer', empty: 'Nobody is expected to pay.', rows: customers, rowKey: (row) => row.userId, columns: [
  { name: 'Customer', cell: (row) => html`<${CustomerLink} id=${row.userId} name=${row.name} />` },
  { name: 'Servers', isFigure: true, cell: (row) => number(row.servers) }, ...AMOUNTS,
] })}${most(customers)}<//>`;

/** @param {{ data: Schema<'Forecast'> }} properties */
const MostExpensive = ({ data: { mostExpensive } }) => html`<${Card} name="Most expensive servers">${table({ caption: 'Expected by server', empty: 'No server is expected to cost anything.', rows: mostExpensive, rowKey: (row) => `${row.serverId}-${row.userId}`, columns: [
  { name: 'Server', cell: (row) => html`<${ServerLink} id=${row.serverId} />` },
  { name: 'Customer', cell: (row) => html`<${CustomerLink} id=${row.userId} />` }, ...AMOUNTS,
] })}${most(mostExpensive)}<//>`;

/** @param {{ rows: Schema<'RunsDry'>[] }} properties */
const Dry = ({ rows }) => html`<${Card} name="Whose wallet runs dry">${table({ caption: 'Wallets that run dry', empty: 'No wallet runs dry in this month.', rows, rowKey: (row) => row.userId, columns: [
  { name: 'Customer', cell: (row) => html`<${CustomerLink} id=${row.userId} name=${row.name} />` },
  { name: 'Available', isFigure: true, cell: (row) => html`<${Money} amount=${row.available} />` },
  { name: 'The next hour costs', isFigure: true, cell: (row) => html`<${Money} amount=${row.burn} />` },
  { name: 'Runs dry', cell: (row) => html`<${When} at=${row.runsDryAt} age />` },
] })}${most(rows)}<//>`;
