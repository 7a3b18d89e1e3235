// @ts-check
/** Formats figures and times for people. Money stays a string, so that nothing is rounded. */

const SYMBOLS = { USD: '$', EUR: '€', GBP: '£' };
const whole = new Intl.NumberFormat('en');

/** `1204.500000` → `$ 1,204.50`; digits beyond the second decimal are kept unless they are zero. @param {string | null | undefined} amount @param {string} currency */
export function money(amount, currency) {
  if (amount === null || amount === undefined) return '–';
  const [, sign, units, decimals = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(amount) ?? [null, '', amount, ''];
  const symbol = /** @type {Record<string, string>} */ (SYMBOLS)[currency] ?? currency;
  return `${sign ? '−' : ''}${symbol} ${whole.format(BigInt(units))}.${decimals.replace(/0+$/, '').padEnd(2, '0')}`;
}

/** Formats a figure of the API, which may have decimals. @param {string | number | null | undefined} value */
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
