// @ts-check
/** @import { Schema } from './api.js' */
/** A customer's own page: balance, payment, servers, statements, top-ups. */
import { html, render, useCallback, useEffect, useState } from './vendor/htm-preact.js';
import { get } from './api.js';
import { instant, money, number, span } from './format.js';
import { Payment } from './parts/payment.js';
import { Servers } from './parts/servers.js';
import { Statements } from './parts/statements.js';
import { TopUps } from './parts/topUps.js';

const STATES = /** @type {Record<string, string>} */ ({
  overdue: 'Your balance is used up. Please pay, so that your servers keep running.',
  due: 'Your balance is used up and the time to pay is over: your servers may be suspended any moment.',
  suspended: 'Some of your servers are suspended because your balance is used up. They are resumed automatically once you have paid.',
});

function Page() {
  const [account, setAccount] = useState(/** @type {Schema<'OwnAccount'> | null} */ (null));
  const [error, setError] = useState(/** @type {import('./apiError.js').ApiError | null} */ (null));
  const [reloadCount, setReloadCount] = useState(0);
  const reload = useCallback(() => setReloadCount((/** @type {number} */ before) => before + 1), []);
  useEffect(() => {
    get('/pay').then((read) => { setAccount(read); setError(null); }, setError);
  }, [reloadCount]);

  if (error?.status === 401)
    return html`<main id="main"><h1>This link does not work</h1><p>${error.message}</p></main>`;
  if (!account)
    return html`<main id="main">${error ? html`<h1>Your account</h1><p role="alert">${error.message} <button onClick=${reload}>Try again</button></p>` : html`<p class="loading" role="status">Loading your account…</p>`}</main>`;
  return html`<header><strong>${account.name ?? 'Your account'}</strong><span class="muted">Times are in UTC. This link works until ${instant(account.linkExpiresAt)}.</span></header>
    <main id="main">
      <h1>Your account</h1>
      ${STATES[account.state] && html`<p class="banner ${account.state === 'overdue' ? 'warn' : 'bad'}" role="alert">${STATES[account.state]}</p>`}
      <div class="row">
        <${Figure} name="Balance" value=${account.balance ? `${number(account.balance.tokens)} tokens` : 'unknown'} note=${balanceNote(account)} />
        <${Figure} name="Lasts" value=${runway(account)} note="at the present cost of your servers" />
        <${Figure} name="This month" value=${money(account.netThisMonth, account.currency)} note="charged so far, corrections included" />
      </div>
      <${Payment} account=${account} reload=${reload} />
      <${Servers} account=${account} />
      <${Statements} currency=${account.currency} reloadCount=${reloadCount} />
      <${TopUps} currency=${account.currency} reloadCount=${reloadCount} />
    </main>`;
}

/** @param {Schema<'OwnAccount'>} account */
const runway = (account) => (account.runway === 'known' && account.runwayHours !== null ? span(account.runwayHours) : account.runway === 'endless' ? 'without end' : 'unknown');

/** @param {Schema<'OwnAccount'>} account */
function balanceNote(account) {
  const scale = `${number(account.tokensPerCurrencyUnit)} tokens are ${money('1', account.currency)}`;
  if (!account.balance) return `not read yet; ${scale}`;
  const missing = account.available?.startsWith('-') ? `; ${money(account.available.slice(1), account.currency)} missing` : '';
  return `read ${instant(account.balance.readAt)}; ${scale}; ${money(account.owed, account.currency)} not taken yet${missing}`;
}

const Figure = (/** @type {{ name: string, value: string, note: string }} */ { name, value, note }) =>
  html`<section class="card" aria-label=${name}><small>${name}</small><div class="figure">${value}</div><small>${note}</small></section>`;

const root = /** @type {HTMLElement} */ (document.getElementById('app'));
root.replaceChildren();
render(html`<${Page} />`, root);
