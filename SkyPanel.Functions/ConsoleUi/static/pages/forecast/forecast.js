// @ts-check
import { html } from '../../vendor/htm-preact.js';
import { addMonths, money, monthOf, number } from '../../format.js';
import { Card, CustomerLink, Figure, Loaded, Money, ServerLink, When } from '../../parts/basics.js';
import { Filters } from '../../parts/filters.js';
import { Table } from '../../parts/table.js';
import { useApp, useLoad } from '../../use.js';
import { WhatIf } from './whatIf.js';

const MOST_ROWS = 100;

/** What this month or the next will bring, by customer, and what it would bring with other prices. @param {{ query: Record<string, string> }} properties */
export function Forecast({ query }) {
  const now = monthOf(new Date());
  const month = query.month || now;
  const forecast = useLoad('/api/admin/billing/forecast', { month }, { refresh: false });
  return html`<h1>Forecast</h1>
    <${Filters} query=${query} filters=${[{ name: 'month', label: 'Month', options: [['', `${now}, this month`], [addMonths(now, 1), `${addMonths(now, 1)}, the next`]] }]} />
    <${Loaded} of=${forecast}>${(/** @type {any} */ data) => html`<${Figures} data=${data} /><div class="two"><${Customers} rows=${data.customers} /><${MostExpensive} rows=${data.mostExpensive} /></div><${Dry} rows=${data.runsDry} />`}<//>
    <p class="acts left"><button onClick=${forecast.again}>Compute again</button></p>
    <${WhatIf} month=${month} />`;
}

/** @param {{ data: any }} properties */
function Figures({ data }) {
  const { currency } = useApp();
  return html`<div class="row">
    <${Figure} name=${`Expected of ${data.month}`} value=${money(data.expected, currency)} note="if every server goes on as it was last seen" />
    <${Figure} name="At least" value=${money(data.low, currency)} note="charged, and observed for the next run" />
    <${Figure} name="Servers" value=${number(data.servers)} note="that cost something or run" /></div>`;
}

/** @param {{ rows: any[] }} properties */
const Customers = ({ rows }) => html`<${Card} name="By customer"><${Table} caption="Expected by customer" empty="Nobody is expected to pay." rows=${rows.slice(0, MOST_ROWS)} rowKey=${(/** @type {any} */ row) => row.userId} columns=${[
  { name: 'Customer', cell: (/** @type {any} */ row) => html`<${CustomerLink} id=${row.userId} name=${row.name} />` },
  { name: 'Servers', isFigure: true, cell: (/** @type {any} */ row) => number(row.servers) },
  { name: 'At least', isFigure: true, cell: (/** @type {any} */ row) => html`<${Money} amount=${row.low} />` },
  { name: 'Expected', isFigure: true, cell: (/** @type {any} */ row) => html`<${Money} amount=${row.expected} />` },
]} /><//>`;

/** @param {{ rows: any[] }} properties */
const MostExpensive = ({ rows }) => html`<${Card} name="Most expensive servers"><${Table} caption="Expected by server" empty="No server is expected to cost anything." rows=${rows.slice(0, MOST_ROWS)} rowKey=${(/** @type {any} */ row) => `${row.serverId}-${row.userId}`} columns=${[
  { name: 'Server', cell: (/** @type {any} */ row) => html`<${ServerLink} id=${row.serverId} />` },
  { name: 'Customer', cell: (/** @type {any} */ row) => html`<${CustomerLink} id=${row.userId} />` },
  { name: 'At least', isFigure: true, cell: (/** @type {any} */ row) => html`<${Money} amount=${row.low} />` },
  { name: 'Expected', isFigure: true, cell: (/** @type {any} */ row) => html`<${Money} amount=${row.expected} />` },
]} /><//>`;

/** @param {{ rows: any[] }} properties */
const Dry = ({ rows }) => html`<${Card} name="Whose wallet runs dry"><${Table} caption="Wallets that run dry" empty="No wallet runs dry in this month." rows=${rows.slice(0, MOST_ROWS)} rowKey=${(/** @type {any} */ row) => row.userId} columns=${[
  { name: 'Customer', cell: (/** @type {any} */ row) => html`<${CustomerLink} id=${row.userId} name=${row.name} />` },
  { name: 'Available', isFigure: true, cell: (/** @type {any} */ row) => html`<${Money} amount=${row.available} />` },
  { name: 'The next hour costs', isFigure: true, cell: (/** @type {any} */ row) => html`<${Money} amount=${row.burn} />` },
  { name: 'Runs dry', cell: (/** @type {any} */ row) => html`<${When} at=${row.runsDryAt} age />` },
]} /><//>`;
