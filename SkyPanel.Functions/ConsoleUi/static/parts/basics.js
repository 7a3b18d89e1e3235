// @ts-check
/** Small parts that pages share. */
import { html, useState } from '../vendor/htm-preact.js';
import { instant, localInstant, money, relative } from '../format.js';
import { link } from '../router.js';
import { useNow } from '../use.js';

const KINDS = /** @type {Record<string, string>} */ ({
  ok: 'good', on: 'good', succeeded: 'good', settled: 'good', charged: 'good', granted: 'good', resumed: 'good', final: 'good', delivered: 'good', approved: 'good', well: 'good', active: 'good',
  warning: 'warn', partial: 'warn', held: 'warn', open: 'warn', pending: 'warn', skipped: 'warn', unknown: 'warn', sending: 'warn', waits: 'warn', overdue: 'warn', due: 'warn',
  captured: 'warn', disputed: 'bad', refunded: '', partly_refunded: 'warn',
  failing: 'bad', failed: 'bad', in_doubt: 'bad', abandoned: 'bad', suspended: 'bad', problem: 'bad', denied: 'bad',
});

/** A state as a word with a colour. */
export const Tag = (/** @type {{ state: string, text?: string }} */ { state, text }) =>
  html`<span class=${`tag ${KINDS[state] ?? ''}`}>${text ?? state.replaceAll('_', ' ')}</span>`;

/** A time in UTC, with its age, and the viewer's own time as a tooltip. */
export function When(/** @type {{ at: string | null | undefined, age?: boolean }} */ { at, age }) {
  const now = useNow();
  if (!at) return html`<span class="muted">–</span>`;
  return html`<time datetime=${at} title=${localInstant(at)}><span>${instant(at)}</span>${age && html` <small>${relative(at, now)}</small>`}</time>`;
}

export const Money = (/** @type {{ amount: string | null | undefined }} */ { amount }) => {
  const text = money(amount);
  // Padded to six decimals, so that the decimal points of a column are aligned.
  return html`<span class="money">${text}${amount && html`<span class="pad" aria-hidden="true">${'0'.repeat(Math.max(0, 6 - (text.split('.')[1] ?? '').length))}</span>`}</span>`;
};

/** A server's price with its unit. @param {{ server: { price: string | null, isMonthlyPrice: boolean } }} properties */
export const Price = ({ server }) => html`<${Money} amount=${server.price} />${server.price && html` <small>${server.isMonthlyPrice ? 'a month' : 'an hour'}</small>`}`;

export const Card = (/** @type {{ name?: string, children?: unknown }} */ { name, children }) =>
  html`<section class="card" aria-label=${name}>${name && html`<h2>${name}</h2>`}${children}</section>`;

export const Figure = (/** @type {{ name: string, value: unknown, note?: unknown }} */ { name, value, note }) =>
  html`<div class="card"><small>${name}</small><div class="figure">${value}</div><small>${note}</small></div>`;

/** Shows data once it is loaded, and a failure or a placeholder otherwise. @template D @param {import('../use.js').Loading<D>} load @param {(data: D) => unknown} show @param {unknown} [placeholder] Instead of “Loading…”. */
export function loaded(load, show, placeholder) {
  if (load.data) return html`${load.error && html`<${ErrorBanner} load=${load} />`}${show(load.data)}`;
  if (load.error) return html`<${ErrorBanner} load=${load} />`;
  return placeholder ?? html`<p class="loading" role="status">Loading…</p>`;
}

/** The failure, the time of the retry, and the age of the shown figures. @param {{ load: import('../use.js').Loading<unknown> }} properties */
function ErrorBanner({ load: { error, at, retryAt, isLoading } }) {
  const now = useNow(1000);
  const retry = isLoading ? ' Trying again now.' : retryAt ? ` Trying again in ${Math.max(0, Math.ceil((retryAt - now) / 1000))} s.` : '';
  const read = at ? new Date(at).toISOString() : null;
  return html`<div class=${`banner ${read ? 'warn' : 'bad'}`} role="alert"><p>${explain(/** @type {import('../api.js').ApiError} */ (error))}${retry}
    ${read && html` These figures are from ${instant(read)} UTC, ${relative(read, now)}.`}</p></div>`;
}

/** @param {import('../api.js').ApiError} error */
export function explain(error) {
  if (error.status === 429) return 'Too many requests.';
  if (error.status === 503) return `The app can’t answer now: ${error.message}`;
  return error.message;
}

/** Shows a secret until it is hidden. @param {string} what @returns {[unknown, (secret: string | null) => void]} The banner, and what shows another secret in it; the repeat of a lost answer has none. */
export function useShownOnce(what) {
  const [shown, setShown] = useState(/** @type {string | null | undefined} */ (undefined));
  return [shown !== undefined && html`<div class=${`banner ${shown ? 'good' : 'warn'}`} role="status">
    <p class="grow">${shown ? html`${what}, shown only once: <code>${shown}</code>` : `${what} was in the answer that was lost, and is never shown again.`}</p>
    <button onClick=${() => setShown(undefined)}>Hide</button></div>`, setShown];
}

/** An inline sparkline with a text beside it. */
export function Spark(/** @type {{ values: number[], text: string }} */ { values, text }) {
  if (values.length < 2) return html`<small>${text}</small>`;
  const highest = Math.max(...values, 1);
  const points = values.map((value, i) => `${((i * 94) / (values.length - 1) + 1).toFixed(1)},${(20 - (value / highest) * 18).toFixed(1)}`).join(' ');
  return html`<svg class="spark" viewBox="0 0 96 22" aria-hidden="true"><polyline points=${points} /></svg><small>${text}</small>`;
}

export const CustomerLink = (/** @type {{ id: number, name?: string | null }} */ { id, name }) => html`<a href=${link(['customers', String(id)])}>${name ?? `customer ${id}`}</a>`;
export const ServerLink = (/** @type {{ id: number }} */ { id }) => html`<a class="id" href=${link(['servers', String(id)])}>server ${id}</a>`;
export const RunLink = (/** @type {{ id: number }} */ { id }) => html`<a class="id" href=${link(['runs', String(id)])}>run ${id}</a>`;
