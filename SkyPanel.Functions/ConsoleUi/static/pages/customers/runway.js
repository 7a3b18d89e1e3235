// @ts-check
import { html } from '../../vendor/htm-preact.js';
import { number, span } from '../../format.js';
import { When } from '../../parts/basics.js';

const RUNS_LOW_HOURS = 24;

/** The time that a balance lasts. @param {{ account: { runway: string, runwayHours: number | null } }} properties */
export function Runway({ account }) {
  if (account.runway !== 'known' || account.runwayHours === null) return html`<span class="muted">${account.runway}</span>`;
  const isLow = account.runwayHours < RUNS_LOW_HOURS;
  return html`<span class=${isLow ? 'bad-text' : ''}>${account.runwayHours === 0 ? 'none' : span(account.runwayHours * 3600)}${isLow ? ', low' : ''}</span>`;
}

/** A wallet's tokens, and the time of the reading. @param {{ balance: { tokens: string, readAt: string } | null }} properties */
export const Balance = ({ balance }) => (balance ? html`${number(String(balance.tokens).split('.')[0])} <small><${When} at=${balance.readAt} age /></small>` : html`<span class="muted">never read</span>`);
