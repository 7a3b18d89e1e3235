// @ts-check
import { html } from '../../vendor/htm-preact.js';
import { money, number } from '../../format.js';
import { CustomerLink, Figure, Money, ServerLink } from '../../parts/basics.js';
import { Table } from '../../parts/table.js';
import { useApp } from '../../use.js';

/** A simulated month beside what is in force, most affected first. @param {{ answer: any }} properties */
export function Comparison({ answer }) {
  const { currency } = useApp();
  return html`<div class="row" role="status">
      <${Figure} name=${`${answer.month} as it is`} value=${money(answer.inForce, currency)} note=${`${number(answer.servers)} servers`} />
      <${Figure} name="Simulated" value=${money(answer.simulated, currency)} note=${answer.correctedServers ? `${number(answer.correctedServers)} servers keep corrected hours` : ''} />
      <${Figure} name="Difference" value=${html`<${Difference} amount=${answer.difference} />`} note="simulated less in force" /></div>
    <${Table} caption="Customers, most affected first" empty="No customer is affected." rows=${answer.customers.slice(0, 100)} rowKey=${(/** @type {any} */ row) => row.userId} columns=${[
      { name: 'Customer', cell: (/** @type {any} */ row) => html`<${CustomerLink} id=${row.userId} name=${row.name} />` }, ...FIGURES]} />
    <details><summary>Servers, most affected first</summary><${Table} caption="Servers, most affected first" empty="No server is affected." rows=${answer.mostAffected.slice(0, 100)} rowKey=${(/** @type {any} */ row) => `${row.serverId}-${row.userId}`} columns=${[
      { name: 'Server', cell: (/** @type {any} */ row) => html`<${ServerLink} id=${row.serverId} />` }, ...FIGURES]} /></details>`;
}

const FIGURES = [
  { name: 'As it is', isFigure: true, cell: (/** @type {any} */ row) => html`<${Money} amount=${row.inForce} />` },
  { name: 'Simulated', isFigure: true, cell: (/** @type {any} */ row) => html`<${Money} amount=${row.simulated} />` },
  { name: 'Difference', isFigure: true, cell: (/** @type {any} */ row) => html`<${Difference} amount=${row.difference} />` },
];

/** Says more or less by a sign and a word's colour. @param {{ amount: string }} properties */
const Difference = ({ amount }) => html`<span class=${/[1-9]/.test(amount) ? (amount.startsWith('-') ? 'down' : 'up') : ''}>${!amount.startsWith('-') && /[1-9]/.test(amount) ? '+' : ''}<${Money} amount=${amount} /></span>`;
