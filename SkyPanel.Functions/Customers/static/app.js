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
  overdue: 'Your balance is used up. Please pay, so that your servers go on running.',
  due: 'Your balance is used up and the time to pay is over: your servers may be suspended any moment.',
  suspended: 'Servers of yours are suspended because your balance is used up. They come back by themselves once you have paid.',
});

function Page() {
  const [account, setAccount] = useState(/** @type {Schema<'OwnAccount'> | null} */ (null));
  const [trouble, setTrouble] = useState(/** @type {import('./api.js').ApiError | null} */ (null));
  const [turn, setTurn] = useState(0);
  const again = useCallback(() => setTurn((/** @type {number} */ before) => before + 1), []);
  useEffect(() => {
    get('/pay').then((read) => { setAccount(read); setTrouble(null); }, setTrouble);
  }, [turn]);

  if (trouble?.status === 401)
    return html`<main id="main"><h1>This link does not work</h1><p>${trouble.message}</p></main>`;
  if (!account)
    return html`<main id="main">${trouble ? html`<h1>Your account</h1><p role="alert">${trouble.message} <button onClick=${again}>Try again</button></p>` : html`<p class="loading" role="status">Loading your account…</p>`}</main>`;
  return html`<header><strong>${account.name ?? 'Your account'}</strong><span class="muted">Times are in UTC. This link works until ${instant(account.linkExpiresAt)}.</span></header>
    <main id="main">
      <h1>Your account</h1>
      ${STATES[account.state] && html`<p class="banner ${account.state === 'overdue' ? 'warn' : 'bad'}" role="alert">${STATES[account.state]}</p>`}
      <div class="row">
        <${Figure} name="Balance" value=${account.balance ? `${number(account.balance.tokens)} tokens` : 'unknown'} note=${balanceNote(account)} />
        <${Figure} name="Lasts" value=${runway(account)} note="at what your servers cost now" />
        <${Figure} name="This month" value=${money(account.netThisMonth, account.currency)} note="charged so far, corrections included" />
      </div>
      <${Payment} account=${account} again=${again} />
      <${Servers} account=${account} />
      <${Statements} currency=${account.currency} turn=${turn} />
      <${TopUps} currency=${account.currency} turn=${turn} />
    </main>`;
}

/** @param {Schema<'OwnAccount'>} account */
const runway = (account) => (account.runway === 'known' && account.runwayHours !== null ? span(account.runwayHours) : account.runway === 'endless' ? 'without end' : 'unknown');

/** @param {Schema<'OwnAccount'>} account */
function balanceNote(account) {
  const scale = `${number(account.tokensPerCurrencyUnit)} tokens are ${money('1', account.currency)}`;
  return account.balance ? `read ${instant(account.balance.readAt)}; ${scale}; ${money(account.owed, account.currency)} not taken yet` : `not read yet; ${scale}`;
}

const Figure = (/** @type {{ name: string, value: string, note: string }} */ { name, value, note }) =>
  html`<section class="card" aria-label=${name}><small>${name}</small><div class="figure">${value}</div><small>${note}</small></section>`;

const root = /** @type {HTMLElement} */ (document.getElementById('app'));
root.replaceChildren();
render(html`<${Page} />`, root);
