// @ts-check
/** @import { Schema } from '../api.js' */
import { html, useEffect, useState } from '../vendor/htm-preact.js';
import { get, link, post } from '../api.js';
import { money, number } from '../format.js';

const LOOK_EVERY_MILLISECONDS = 2000;
const MOST_LOOKS = 90;
const BEGUN = 'skypanel.payment';

const TOLD = /** @type {Record<string, string>} */ ({
  ordered: 'The payment was not made. Nothing was charged.',
  cancelled: 'The payment was cancelled. Nothing was charged.',
  expired: 'The payment was not made in time. Nothing was charged.',
  declined: 'The payment was declined. Nothing was charged; please try again or choose another way to pay at PayPal.',
  denied: 'PayPal did not carry out the payment. Nothing was charged.',
  pending: 'PayPal is waiting for your payment. Your balance is topped up when it arrives.',
  held: 'Your payment has arrived and is being looked at by a person.',
});
const UNDER_WAY = ['created', 'capturing', 'in_doubt', 'captured', 'granting'];

/** Pays by PayPal, and says what becomes of the payment. @param {{ account: Schema<'OwnAccount'>, again: () => void }} properties */
export function Payment({ account, again }) {
  const offer = account.topUps;
  const [amount, setAmount] = useState('');
  const [told, setTold] = useState({ text: '', kind: '' });
  const [isBusy, setBusy] = useState(false);
  const [onceKey, setOnceKey] = useState(() => crypto.randomUUID());

  useEffect(() => {
    const id = /^#top-up=(\d+)$/.exec(location.hash)?.[1];
    if (!id) return;
    history.replaceState(null, '', location.pathname);
    sessionStorage.removeItem(BEGUN);
    setTold({ text: 'Your payment is being looked at…', kind: '' });
    follow(id).then((topUp) => setTold(sayOf(topUp)), (error) => setTold({ text: error.message, kind: 'bad' })).finally(again);
  }, []);

  /** @param {Event} event */
  async function pay(event) {
    event.preventDefault();
    setBusy(true);
    setTold({ text: 'Opening PayPal…', kind: '' });
    try {
      let topUp = await post('/top-ups', { amount: amount.trim() }, onceKey);
      for (let look = 0; !topUp.approveUrl && UNDER_WAY.includes(topUp.state) && look < MOST_LOOKS; look++) {
        await pause();
        topUp = await get(`/top-ups/${topUp.id}`);
      }
      if (!topUp.approveUrl) throw new Error('PayPal can’t be reached now. Nothing was charged; please try again later.');
      sessionStorage.setItem(BEGUN, JSON.stringify({ link, topUp: topUp.id }));
      location.assign(topUp.approveUrl);
    } catch (error) {
      setOnceKey(crypto.randomUUID());
      setTold({ text: /** @type {Error} */ (error).message, kind: 'bad' });
      setBusy(false);
    }
  }

  return html`<section class="card" aria-labelledby="pay-title"><h2 id="pay-title">Top up</h2>
    ${offer.isOpen ? html`<form onSubmit=${pay}>
      <label><span>Amount in ${account.currency}</span>
        <input name="amount" inputmode="decimal" autocomplete="off" required value=${amount} aria-describedby="pay-limits" onInput=${(/** @type {{ target: HTMLInputElement }} */ { target }) => setAmount(target.value)} /></label>
      <button class="main" disabled=${isBusy}>Pay with PayPal</button>
      <p id="pay-limits" class="muted">From ${money(offer.minimum, account.currency)} to ${money(offer.maximum, account.currency)}, ${money(offer.dailyMaximum, account.currency)} a day at most.</p>
    </form>` : html`<p>Nothing can be paid here now.</p>`}
    <p role="status" class=${told.kind}>${told.text}</p></section>`;
}

/** Looks until the payment has come to something. @param {string} id */
async function follow(id) {
  let topUp = await post(`/top-ups/${id}/return`);
  for (let look = 0; UNDER_WAY.includes(topUp.state) && look < MOST_LOOKS; look++) {
    await pause();
    topUp = await get(`/top-ups/${id}`);
  }
  return topUp;
}

/** @param {Schema<'TopUpAnswer'>} topUp */
function sayOf(topUp) {
  if (topUp.state === 'granted') return { text: `Thank you. ${number(topUp.tokens)} tokens were added to your balance.`, kind: 'good' };
  return TOLD[topUp.state] ? { text: TOLD[topUp.state], kind: topUp.state === 'pending' ? '' : 'bad' }
    : { text: 'Your payment was received. Your balance is topped up in a moment.', kind: '' };
}

const pause = () => new Promise((done) => { setTimeout(done, LOOK_EVERY_MILLISECONDS); });
