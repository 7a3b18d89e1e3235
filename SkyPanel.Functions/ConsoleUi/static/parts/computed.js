// @ts-check
import { html, useState } from '../vendor/htm-preact.js';
import { loaded } from './basics.js';
import { save } from './save.js';

/** Shows the result of a long computation, and its progress until then. @template D @param {import('../use.js').Loading<D>} load @param {string} what @param {(data: D) => unknown} show */
export const computed = (load, what, show) =>
  loaded(load, show, html`<p class="computing" role="status"><span class="pulse" aria-hidden="true"></span> ${what} With many servers this takes some seconds. Billing does not wait for it.</p>`);

/** Offers a computation that grows with the fleet, so it is not loaded with the page. @param {{ what: string, onCompute: () => void }} properties */
export const Offer = ({ what, onCompute }) => html`<div class="banner"><p class="grow">${what}</p><button class="main compute" onClick=${onCompute}>Compute</button></div>`;

/** Computes on request only. @param {{ what: string, show: () => unknown }} properties */
export function OnRequest({ what, show }) {
  const [isRequested, setRequested] = useState(false);
  return isRequested ? show() : html`<${Offer} what=${what} onCompute=${() => setRequested(true)} />`;
}

/** Saves lists as CSV. @param {{ files: [string, string, string][], app: import('../use.js').AppState }} properties The text, path and file name of each. */
export const Exports = ({ files, app }) => html`<div class="actions left">${files.map(([text, path, name]) =>
  html`<button key=${name} onClick=${() => save(path, name, app)}>${text}</button>`)}</div>`;
