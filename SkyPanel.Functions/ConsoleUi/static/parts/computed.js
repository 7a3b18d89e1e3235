// @ts-check
import { html, useState } from '../vendor/htm-preact.js';
import { loaded } from './basics.js';
import { save } from './save.js';

/** Shows what is computed when it is asked for, and says meanwhile how that goes. @template D @param {import('../use.js').Loading<D>} of @param {string} what @param {(data: D) => unknown} show */
export const computed = (of, what, show) =>
  loaded(of, show, html`<p class="computing" role="status"><span class="pulse" aria-hidden="true"></span> ${what} With many servers that takes some seconds; nobody’s billing waits for it.</p>`);

/** Offers to compute what grows with the fleet, and isn’t loaded with a page. @param {{ what: string, onCompute: () => void }} properties */
export const Offer = ({ what, onCompute }) => html`<div class="banner"><p class="grow">${what}</p><button class="main compute" onClick=${onCompute}>Compute</button></div>`;

/** Computes only when asked to. @param {{ what: string, show: () => unknown }} properties */
export function OnRequest({ what, show }) {
  const [isAsked, setAsked] = useState(false);
  return isAsked ? show() : html`<${Offer} what=${what} onCompute=${() => setAsked(true)} />`;
}

/** Saves lists as CSV. @param {{ files: [string, string, string][], app: import('../use.js').AppState }} properties Text, path and name of each. */
export const Exports = ({ files, app }) => html`<div class="acts left">${files.map(([text, path, name]) =>
  html`<button key=${name} onClick=${() => save(path, name, app)}>${text}</button>`)}</div>`;
