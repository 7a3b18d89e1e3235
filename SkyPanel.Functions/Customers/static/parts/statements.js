// @ts-check
/** @import { Schema } from '../api.js' */
import { html, useEffect, useState } from '../vendor/htm-preact.js';
import { get, save } from '../api.js';
import { instant, money, number } from '../format.js';

/** Lists the statements, to show or to save. @param {{ currency: string, reloadCount: number }} properties */
export function Statements({ currency, reloadCount }) {
  const [months, setMonths] = useState(/** @type {Schema<'StatementMonth'>[] | null} */ (null));
  const [shown, setShown] = useState(/** @type {Schema<'Statement'> | null} */ (null));
  const [error, setError] = useState('');
  const failed = (/** @type {Error} */ error) => setError(error.message);
  useEffect(() => {
    setError('');
    get('/pay/statements').then((read) => setMonths(read.months), failed);
  }, [reloadCount]);
  const show = (/** @type {string} */ month) => {
    setError('');
    get(`/pay/statements/${month}`).then(setShown, failed);
  };
  const keep = (/** @type {string} */ month, /** @type {string} */ format) => {
    setError('');
    save(`/pay/statements/${month}?format=${format}`, `statement-${month}.${format}`).catch(failed);
  };

  return html`<section class="card" aria-labelledby="statements-title"><h2 id="statements-title">Statements</h2>
    ${error && html`<p role="alert">${error}</p>`}
    ${!months ? !error && html`<p role="status">Loading…</p>` : months.length === 0 ? html`<p>There is nothing yet.</p>` : html`<div class="scroll" tabindex="0" role="region" aria-label="Statements"><table>
      <thead><tr><th scope="col">Month</th><th scope="col" class="n">Carried in</th><th scope="col" class="n">Change</th><th scope="col" class="n">Carried on</th><th scope="col"><span class="visually-hidden">Forms</span></th></tr></thead>
      <tbody>${months.map((/** @type {Schema<'StatementMonth'>} */ month) => html`<tr key=${month.month}><th scope="row">${month.month}</th><td class="n">${money(month.opening, currency)}</td><td class="n">${money(month.change, currency)}</td><td class="n">${money(month.closing, currency)}</td>
        <td><div class="actions"><button onClick=${() => show(month.month)}>Show<span class="visually-hidden"> ${month.month}</span></button><button onClick=${() => keep(month.month, 'csv')}>CSV<span class="visually-hidden"> of ${month.month}</span></button><button onClick=${() => keep(month.month, 'html')}>Print form<span class="visually-hidden"> of ${month.month}</span></button></div></td></tr>`)}</tbody>
    </table></div>`}
    ${shown && html`<${Shown} statement=${shown} />`}</section>`;
}

/** @param {{ statement: Schema<'Statement'> }} properties */
function Shown({ statement: { currency, totals, ...statement } }) {
  const lines = [
    ['Carried from the month before', statement.opening], ['Charges', totals.charges], ['Corrections', totals.corrections], ['DNS renewals', totals.dnsRenewals],
    ['Taken from your balance', totals.debits], ['Given back to your balance', totals.refunds], ['Carried to the month after', statement.closing],
  ];
  return html`<div aria-live="polite"><h3>${statement.month}: ${statement.state === 'final' ? 'final' : 'provisional'}</h3>
    ${statement.open.length > 0 && html`<ul>${statement.open.map((item) => html`<li>${item.serverId ? `Server ${item.serverId}, from ${instant(item.from)} to ${instant(item.until)}: ` : ''}${item.reason}</li>`)}</ul>`}
    <table><tbody>${lines.map(([name, amount]) => html`<tr><th scope="row">${name}</th><td class="n">${money(amount, currency)}</td></tr>`)}</tbody></table>
    <ul>${statement.charges.map((line) => html`<li>Server ${line.serverId}: ${number(line.hours)} hours, ${number(line.seconds)} seconds at ${money(line.price, currency)} for ${line.basisHours} hours: ${money(line.amount, currency)}${line.isCapReached ? ', the month’s price was reached' : ''}</li>`)}
      ${statement.corrections.map((line) => html`<li>Correction of server ${line.serverId}: ${line.reason}, ${money(line.amount, currency)}</li>`)}</ul>
    <p class="muted">This statement is not a tax invoice.</p></div>`;
}
