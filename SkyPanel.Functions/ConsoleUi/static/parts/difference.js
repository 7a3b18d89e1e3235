// @ts-check
import { html } from '../vendor/htm-preact.js';
import { Money } from './basics.js';

/** An amount with its sign, coloured unless it is zero. @param {{ amount: string }} properties */
export const Difference = ({ amount }) => html`<span class=${/[1-9]/.test(amount) ? (amount.startsWith('-') ? 'down' : 'up') : ''}>${!amount.startsWith('-') && /[1-9]/.test(amount) ? '+' : ''}<${Money} amount=${amount} /></span>`;
