// @ts-check
/** @import { Schema } from '../api.js' */
/** @import { ApiError } from '../apiError.js' */
import { html, useEffect, useState } from '../vendor/htm-preact.js';
import { get, link, post } from '../api.js';
import { money, number } from '../format.js';

const POLL_INTERVAL_MILLISECONDS = 2000;
const MAX_POLLS = 90;
const STORAGE_KEY = 'skypanel.payment';

const UNCONFIRMED = 'PayPal has not confirmed a payment yet. If you approved it, please wait some minutes before you pay again: it is completed automatically.';
const MESSAGES = /** @type {Record<string, string>} */ ({
  created: UNCONFIRMED,
  ordered: UNCONFIRMED,
  capturing: UNCONFIRMED,
  in_doubt: UNCONFIRMED,
  cancelled: 'The payment was cancelled. Nothing was charged.',
  expired: 'The payment was not made in time. Nothing was charged.',
  declined: 'The payment was declined. Nothing was charged; please try again or choose another way to pay at PayPal.',
  denied: 'PayPal did not carry out the payment, or it was given back. Nothing was added to your balance.',
  pending: 'PayPal is waiting for your payment. Your balance is topped up when it arrives.',
  held: 'Your payment is being checked by a person.',
  partly_refunded: 'A part of your payment was given back.',
  refunded: 'Your payment was given back.',
  lost: 'Your payment, or a part of it, was given back.',
  disputed: 'Your payment is disputed: PayPal decides about it.',
});
const IN_PROGRESS = ['created', 'capturing', 'in_doubt', 'captured', 'granting'];

/** Pays by PayPal, and shows the state of the payment. @param {{ account: Schema<'OwnAccount'>, reload: () => void }} properties */
export function Payment({ account, reload }) {
  const offer = account.topUps;
  const [amount, setAmount] = useState('');
  const [message, setMessage] = useState({ text: '', kind: '' });
  const [isBusy, setBusy] = useState(false);
  const [idempotencyKey, setIdempotencyKey] = useState(() => crypto.randomUUID());

  useEffect(() => {
    const id = /^#top-up=(\d+)$/.exec(location.hash)?.[1];
    if (!id) return;
    history.replaceState(null, '', location.pathname);
    sessionStorage.removeItem(STORAGE_KEY);
    setMessage({ text: 'Checking your payment…', kind: '' });
    follow(id).then((topUp) => setMessage(messageOf(topUp)), (error) => setMessage({ text: error.message, kind: 'bad' })).finally(reload);
  }, []);

  /** @param {Event} event */
  async function pay(event) {
    event.preventDefault();
    setBusy(true);
    setMessage({ text: 'Opening PayPal…', kind: '' });
    try {
      let topUp = await post('/top-ups', { amount: amount.trim() }, idempotencyKey);
      for (let poll = 0; !topUp.approveUrl && IN_PROGRESS.includes(topUp.state) && poll < MAX_POLLS; poll++) {
        await pause();
        topUp = await get(`/top-ups/${topUp.id}`);
      }
      if (!topUp.approveUrl) throw new Error('PayPal can’t be reached now. Nothing was charged; please try again later.');
      sessionStorage.setItem(STORAGE_KEY, JSON.stringify({ link, topUp: topUp.id }));
      location.assign(topUp.approveUrl);
    } catch (error) {
      // After a lost answer the key stays, so that a repeat continues the same top-up.
      if (/** @type {Partial<ApiError>} */ (error).status !== 0) setIdempotencyKey(crypto.randomUUID());
      setMessage({ text: /** @type {Error} */ (error).message, kind: 'bad' });
      setBusy(false);
    }
  }

  /** Another amount is another top-up. @param {{ target: HTMLInputElement }} event */
  function change({ target }) {
    setAmount(target.value);
    setIdempotencyKey(crypto.randomUUID());
  }

  return html`<section class="card" aria-labelledby="pay-title"><h2 id="pay-title">Top up</h2>
    ${offer.isOpen ? html`<form onSubmit=${pay}>
      <label><span>Amount in ${account.currency}</span>
        <input name="amount" inputmode="decimal" autocomplete="off" required value=${amount} aria-describedby="pay-limits" onInput=${change} /></label>
      <button class="main" disabled=${isBusy}>Pay with PayPal</button>
      <p id="pay-limits" class="muted">From ${money(offer.minimum, account.currency)} to ${money(offer.maximum, account.currency)}, ${money(offer.dailyMaximum, account.currency)} a day at most.</p>
    </form>` : html`<p>Nothing can be paid here now.</p>`}
    <p role="status" class=${message.kind}>${message.text}</p></section>`;
}

/** Polls until the payment has a result. @param {string} id */
async function follow(id) {
  let topUp = await post(`/top-ups/${id}/return`);
  for (let poll = 0; IN_PROGRESS.includes(topUp.state) && poll < MAX_POLLS; poll++) {
    await pause();
    topUp = await get(`/top-ups/${id}`);
  }
  return topUp;
}

/** @param {Schema<'TopUpAnswer'>} topUp */
function messageOf(topUp) {
  if (topUp.state === 'granted' || topUp.state === 'won') return { text: `Thank you. ${number(topUp.tokens)} tokens were added to your balance.`, kind: 'good' };
  return MESSAGES[topUp.state] ? { text: MESSAGES[topUp.state], kind: topUp.state === 'pending' || MESSAGES[topUp.state] === UNCONFIRMED ? '' : 'bad' }
    : { text: 'Your payment was received. Your balance is topped up in a moment.', kind: '' };
}

const pause = () => new Promise((done) => { setTimeout(done, POLL_INTERVAL_MILLISECONDS); });
