// @ts-check
/** @import { Schema } from '../../api.js' */
import { html } from '../../vendor/htm-preact.js';
import { search } from '../../api.js';
import { instant, money, number } from '../../format.js';
import { Card, CustomerLink, Figure, Money, ServerLink } from '../../parts/basics.js';
import { computed, Exports } from '../../parts/computed.js';
import { Difference } from '../../parts/difference.js';
import { table } from '../../parts/table.js';
import { useApp, useLoad } from '../../use.js';

const PATH = '/api/admin/billing/shadow';
const MAX_ROWS = 50;

/** Compares the exact cost of the observed hours with what the panel's own engine billed before the take-over. @param {{ query: Record<string, string> }} properties */
export function Shadow({ query: { from, to } }) {
  const app = useApp();
  const shadow = useLoad(PATH, { from, to, limit: MAX_ROWS }, { refresh: false });
  return computed(shadow, 'Comparing the observed hours with what the panel billed.', (data) => (data.from === null || data.to === null
    ? html`<p class="muted empty">No full hour was observed before the take-over: there is nothing to compare.</p>`
    : html`<p>From ${instant(data.from)} to ${instant(data.to)} UTC, ${number(data.servers)} servers.</p><${Figures} data=${data} />
      <${Card} name="By customer, largest difference first">${table({ caption: 'Shadow by customer', empty: 'No customer had a server.', rows: data.customers, rowKey: (row) => row.userId, columns: [
        { name: 'Customer', cell: (row) => html`<${CustomerLink} id=${row.userId} name=${row.name} />` }, { name: 'Servers', isFigure: true, cell: (row) => number(row.servers) }, ...FIGURES] })}<//>
      <${Card} name="By server and day, largest difference first">${table({ caption: 'Shadow by server and day', empty: 'No server was observed.', rows: data.days, rowKey: (row) => `${row.serverId} ${row.day} ${row.userId}`, columns: [
        { name: 'Server', cell: (row) => html`<${ServerLink} id=${row.serverId} />` }, { name: 'Day (UTC)', cell: (row) => row.day }, { name: 'Customer', cell: (row) => html`<${CustomerLink} id=${row.userId} />` }, ...FIGURES] })}<//>
      <${Exports} app=${app} files=${['customers', 'days'].map((list) => [`All ${list} as CSV`, PATH + search({ from, to, format: 'csv', list }), `shadow-${list}.csv`])} />`));
}

/** @param {{ data: Schema<'Shadow'> }} properties */
const Figures = ({ data }) => html`<div class="row">
  <${Figure} name="Exact" value=${money(data.exact)} note=${`${number(data.observedHours)} hours observed`} />
  <${Figure} name="Taken by the panel" value=${money(data.taken)} note=${`${number(data.takenTokens)} whole tokens for ${number(data.panelHours)} hours`} />
  <${Figure} name="Difference" value=${html`<${Difference} amount=${data.difference} />`} note="taken minus exact" />
  <${Figure} name="Hours on one side only" value=${number(data.onlyObservedHours)} note=${`observed only; ${number(data.onlyPanelHours)} billed by the panel only`} /></div>
  <p class="muted">Rows of the panel that took nothing: ${number(data.failedRows)} failed, ${number(data.zeroTokenRows)} were worth less than half a token.</p>`;

/** @type {import('../../parts/table.js').Column<Schema<'ShadowCustomer'> | Schema<'ShadowDay'>>[]} */
const FIGURES = [
  { name: 'Observed hours', isFigure: true, cell: (row) => number(row.observedHours) },
  { name: 'Panel’s hours', isFigure: true, cell: (row) => number(row.panelHours) },
  { name: 'Exact', isFigure: true, cell: (row) => html`<${Money} amount=${row.exact} />` },
  { name: 'Taken', isFigure: true, cell: (row) => html`<${Money} amount=${row.taken} />` },
  { name: 'Difference', isFigure: true, cell: (row) => html`<${Difference} amount=${row.difference} />` },
];
