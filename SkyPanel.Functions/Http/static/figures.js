// @ts-check
/** Formats figures for people. Money stays a string, so that nothing is rounded. */

const SYMBOLS = { USD: '$', EUR: '€', GBP: '£' };
const whole = new Intl.NumberFormat('en');

let defaultCurrency = 'USD';

/** Sets the currency of amounts that have none of their own. @param {string} currency */
export const setCurrency = (currency) => { defaultCurrency = currency; };

/** `1204.500000` → `$ 1,204.50`; digits beyond the second decimal are kept unless they are zero. @param {string | null | undefined} amount @param {string | null} [currency] */
export function money(amount, currency) {
  if (amount === null || amount === undefined) return '–';
  const [, sign, units, decimals = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(amount) ?? [null, '', amount, ''];
  const shown = decimals.replace(/0+$/, '').padEnd(2, '0');
  const symbol = /** @type {Record<string, string>} */ (SYMBOLS)[currency ?? defaultCurrency] ?? currency ?? defaultCurrency;
  return `${sign ? '−' : ''}${symbol} ${whole.format(BigInt(units))}.${shown}`;
}

/** Formats a figure of the API, which may have decimals. @param {number | string | null | undefined} value */
export function number(value) {
  if (value === null || value === undefined) return '–';
  const [, sign, units, decimals = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(String(value)) ?? [null, '', '0', ''];
  const rest = decimals.replace(/0+$/, '');
  return `${sign ? '−' : ''}${whole.format(BigInt(units))}${rest ? `.${rest}` : ''}`;
}

/** @param {Date} date */
export const monthOf = (date) => date.toISOString().slice(0, 7);

/** @param {string} month `2026-10` @param {number} by */
export function addMonths(month, by) {
  const [year, number] = month.split('-').map(Number);
  return monthOf(new Date(Date.UTC(year, number - 1 + by, 1)));
}

export const two = (/** @type {number} */ value) => String(value).padStart(2, '0');
