// @ts-check
/** @import { Schema } from '../../api.js' */
import { html } from '../../vendor/htm-preact.js';
import { number } from '../../format.js';
import { Card } from '../../parts/basics.js';
import { link } from '../../router.js';

/** Names and counts what waits for a person. @param {Schema<'BillingStats'>} billing @returns {[string, number][]} */
export const waiting = (billing) => [
  ['Held hours', billing.openHolds], ['Held debits', billing.heldDebits], ['Debits in doubt', billing.debitsInDoubt], ['Held top-ups', billing.heldTopUps],
  ['Customers to be suspended', billing.heldSuspensions],
];

/** @param {{ counts: [string, number][] }} properties */
export function Waiting({ counts }) {
  const present = counts.filter(([, count]) => count !== 0);
  return html`<${Card} name="Waits for a person">${present.length === 0 ? html`<p class="muted">Nothing waits.</p>` : html`<dl>
    ${present.map(([name, count]) => html`<dt key=${name}>${name}</dt><dd>${number(count)}</dd>`)}</dl>
    <p><a href=${link(['inbox'])}>Decide in the inbox</a></p>`}<//>`;
}
