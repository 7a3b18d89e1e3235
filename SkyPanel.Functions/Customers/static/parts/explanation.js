// @ts-check
/** @import { Schema } from '../api.js' */
import { html, useEffect, useState } from '../vendor/htm-preact.js';
import { get } from '../api.js';
import { instant, money, number } from '../format.js';

const DECISIONS = /** @type {Record<string, string>} */ ({
  waits: 'Nothing is charged for this hour yet: your provider decides whether it is.', free: 'Nothing is charged for this hour, by your provider’s decision.',
});

/** Explains what an hour cost. @param {{ serverId: number, hour: string, currency: string }} properties */
export function Explanation({ serverId, hour, currency }) {
  const [read, setRead] = useState(/** @type {Schema<'OwnHour'> | null} */ (null));
  const [error, setError] = useState('');
  useEffect(() => {
    let isCurrent = true;
    get(`/pay/servers/${serverId}/charges/${encodeURIComponent(hour)}`).then((data) => isCurrent && setRead(data), (error) => isCurrent && setError(error.message));
    return () => { isCurrent = false; };
  }, []);
  return html`<section class="explained" aria-live="polite" aria-label="Why this hour cost what it did"><h3>${instant(hour)} UTC</h3>
    ${error ? html`<p>${error}</p>` : !read ? html`<p>Loading…</p>` : html`
      ${read.charge ? html`<${Charge} charge=${read.charge} currency=${currency} />` : html`<p>${DECISIONS[read.decision] ?? 'Nothing is charged for this hour.'}</p>`}
      <ul>${read.spells.map((/** @type {Schema<'OwnSpell'>} */ spell) => html`<li>Observed as ${spell.isBillable ? 'running' : 'not running or not billed'} from ${instant(spell.from)} to ${instant(spell.until)}.</li>`)}
        ${read.adjustments.map((/** @type {Schema<'OwnAdjustment'>} */ one) => html`<li>Corrected ${instant(one.at)}: counts as ${number(one.seconds)} seconds at ${money(one.price, currency)} (${one.reason}).</li>`)}</ul>`}</section>`;
}

/** @param {{ charge: Schema<'OwnHourCharge'>, currency: string }} properties */
const Charge = ({ charge, currency }) => html`
  <p><strong>${money(charge.amount, currency)}</strong> for ${number(charge.secondsBilled)} of 3,600 seconds, at ${money(charge.price, currency)} ${charge.isMonthlyPrice ? `for ${charge.basisHours} hours a month` : 'an hour'}.
    ${Number(charge.secondsBeyondCap) > 0 && html` ${number(charge.secondsBeyondCap)} seconds cost nothing, because the month’s price was reached.`}</p>
  <p class="muted">Computed as <code>${charge.formula}</code>: ${number(charge.secondsCountedBefore)} seconds were counted earlier in the month.</p>
  <p>${charge.taken ? `It is part of the ${number(charge.taken.tokens)} tokens that ${charge.taken.isSettled ? `were taken from your balance ${instant(charge.taken.settledAt)}${charge.taken.creditId ? `, credit ${charge.taken.creditId}` : ''}` : 'are being taken from your balance'}.` : 'It was not taken from your balance yet.'}</p>`;
