// @ts-check
/** Writes figures and instants for people. Money stays text: nothing is rounded here. */

const SYMBOLS = { USD: '$', EUR: '€', GBP: '£' };
const whole = new Intl.NumberFormat('en');

/** `1204.500000` → `$ 1,204.50`; digits beyond the second decimal stay when they say something. @param {string | null | undefined} amount @param {string} currency */
export function money(amount, currency) {
  if (amount === null || amount === undefined) return '–';
  const [, sign, units, decimals = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(amount) ?? [null, '', amount, ''];
  const mark = /** @type {Record<string, string>} */ (SYMBOLS)[currency] ?? currency;
  return `${sign ? '−' : ''}${mark} ${whole.format(BigInt(units))}.${decimals.replace(/0+$/, '').padEnd(2, '0')}`;
}

/** A figure that may have decimals, as the API writes it. @param {string | number | null | undefined} value */
export function number(value) {
  if (value === null || value === undefined) return '–';
  const [units, decimals] = String(value).split('.');
  const rest = (decimals ?? '').replace(/0+$/, '');
  return whole.format(BigInt(units)) + (rest ? `.${rest}` : '');
}

/** `2026-10-21 08:00` in UTC. @param {string | null | undefined} iso */
export const instant = (iso) => (iso ? new Date(iso).toISOString().slice(0, 16).replace('T', ' ') : '–');

/** @param {number} hours */
export function span(hours) {
  if (hours < 48) return `${whole.format(hours)} ${hours === 1 ? 'hour' : 'hours'}`;
  const days = Math.floor(hours / 24);
  return days < 730 ? `${whole.format(days)} days` : `${whole.format(Math.floor(days / 365))} years`;
}

/** `partly_refunded` → `partly refunded`. @param {string} state */
export const words = (state) => state.replaceAll('_', ' ');

export const two = (/** @type {number} */ value) => String(value).padStart(2, '0');
