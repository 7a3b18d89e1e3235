// @ts-check
/** @import { Schema } from '../api.js' */
import { html, useEffect, useState } from '../vendor/htm-preact.js';
import { get } from '../api.js';
import { instant, money, number, words } from '../format.js';

const STATES = /** @type {Record<string, string>} */ ({
  ordered: 'not paid yet', created: 'being opened', granted: 'paid', granting: 'paid, tokens are on their way', captured: 'paid, tokens are on their way', capturing: 'being paid', in_doubt: 'being paid',
  held: 'being checked', pending: 'PayPal waits for the money',
});

/** Lists the top-ups, latest first. @param {{ currency: string, reloadCount: number }} properties */
export function TopUps({ currency, reloadCount }) {
  const [topUps, setTopUps] = useState(/** @type {Schema<'TopUpAnswer'>[] | null} */ (null));
  const [error, setError] = useState('');
  useEffect(() => {
    get('/pay/top-ups').then((read) => setTopUps(read.topUps), (error) => setError(error.message));
  }, [reloadCount]);
  return html`<section class="card" aria-labelledby="top-ups-title"><h2 id="top-ups-title">Top-ups</h2>
    ${error ? html`<p role="alert">${error}</p>` : !topUps ? html`<p role="status">Loading…</p>` : topUps.length === 0 ? html`<p>There are none.</p>` : html`<div class="scroll" tabindex="0" role="region" aria-label="Top-ups"><table>
      <thead><tr><th scope="col">Opened</th><th scope="col" class="n">Amount</th><th scope="col" class="n">Tokens</th><th scope="col">State</th></tr></thead>
      <tbody>${topUps.map((/** @type {Schema<'TopUpAnswer'>} */ one) => html`<tr key=${one.id}><td>${instant(one.createdAt)}</td><td class="n">${money(one.amount, one.currency)}</td><td class="n">${number(one.tokens)}</td>
        <td>${STATES[one.state] ?? words(one.state)}${Number(one.refundedAmount) > 0 ? `, ${money(one.refundedAmount, currency)} given back` : ''}</td></tr>`)}</tbody>
    </table></div>`}</section>`;
}
