// @ts-check
/** @import { Schema } from '../../api.js' */
import { html } from '../../vendor/htm-preact.js';
import { money, number } from '../../format.js';
import { CustomerLink, Figure, Money, ServerLink } from '../../parts/basics.js';
import { Difference } from '../../parts/difference.js';
import { table } from '../../parts/table.js';

/** Compares a simulated month with the settings in force, most affected first. @param {{ answer: Schema<'Simulation'> }} properties */
export const Comparison = ({ answer }) => html`<div class="row" role="status">
    <${Figure} name=${`${answer.month} as it is`} value=${money(answer.inForce)} note=${`${number(answer.servers)} servers`} />
    <${Figure} name="Simulated" value=${money(answer.simulated)} note=${answer.correctedServers ? `${number(answer.correctedServers)} servers keep corrected hours` : ''} />
    <${Figure} name="Difference" value=${html`<${Difference} amount=${answer.difference} />`} note="simulated minus in force" /></div>
  ${table({ caption: 'Customers, most affected first', empty: 'No customer is affected.', rows: answer.customers, rowKey: (row) => row.userId, columns: [
    { name: 'Customer', cell: (row) => html`<${CustomerLink} id=${row.userId} name=${row.name} />` }, ...FIGURES] })}
  <details><summary>Servers, most affected first</summary>${table({ caption: 'Servers, most affected first', empty: 'No server is affected.', rows: answer.mostAffected, rowKey: (row) => `${row.serverId}-${row.userId}`, columns: [
    { name: 'Server', cell: (row) => html`<${ServerLink} id=${row.serverId} />` }, ...FIGURES] })}</details>`;

/** @type {import('../../parts/table.js').Column<{ inForce: string, simulated: string, difference: string }>[]} */
const FIGURES = [
  { name: 'As it is', isFigure: true, cell: (row) => html`<${Money} amount=${row.inForce} />` },
  { name: 'Simulated', isFigure: true, cell: (row) => html`<${Money} amount=${row.simulated} />` },
  { name: 'Difference', isFigure: true, cell: (row) => html`<${Difference} amount=${row.difference} />` },
];
