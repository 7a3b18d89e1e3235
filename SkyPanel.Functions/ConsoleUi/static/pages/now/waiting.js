// @ts-check
/** @import { Schema } from '../../api.js' */
import { html } from '../../vendor/htm-preact.js';
import { number } from '../../format.js';
import { Card } from '../../parts/basics.js';
import { link } from '../../router.js';
import { useLoad } from '../../use.js';

const MAX_TOP_UPS = 100;

/** Counts what waits for a person. @param {{ billing: Schema<'BillingStats'> }} properties */
export function Waiting({ billing }) {
  const topUps = useLoad('/api/admin/payments/top-ups', { state: 'held', limit: MAX_TOP_UPS });
  const suspensions = useLoad('/api/admin/customers/suspensions', { limit: 1 });
  const held = topUps.data?.topUps.length ?? 0;
  const hold = suspensions.data?.hold;
  /** @type {[string, number | string][]} */
  const all = [
    ['Held hours', billing.openHolds], ['Held debits', billing.heldDebits], ['Debits in doubt', billing.debitsInDoubt],
    ['Held top-ups', held === MAX_TOP_UPS ? `${MAX_TOP_UPS} or more` : held], ['Customers to be suspended', hold?.state === 'open' ? hold.userIds.length : 0],
  ];
  const waiting = all.filter(([, count]) => count !== 0);
  return html`<${Card} name="Waits for a person">${waiting.length === 0 ? html`<p class="muted">Nothing waits.</p>` : html`<dl>
    ${waiting.map(([name, count]) => html`<dt key=${name}>${name}</dt><dd>${typeof count === 'number' ? number(count) : count}</dd>`)}</dl>
    <p><a href=${link(['inbox'])}>Decide in the inbox</a></p>`}<//>`;
}
