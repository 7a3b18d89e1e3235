// @ts-check
/** Calculates exactly with amounts as the API writes them, in millionths. */

/** @param {string} amount */
export function toMicros(amount) {
  const [units, decimals = ''] = amount.replace('-', '').split('.');
  const micros = BigInt(units) * 1_000_000n + BigInt(decimals.padEnd(6, '0').slice(0, 6));
  return amount.startsWith('-') ? -micros : micros;
}

/** @param {bigint} micros */
export function fromMicros(micros) {
  const text = String(micros < 0n ? -micros : micros).padStart(7, '0');
  return `${micros < 0n ? '-' : ''}${text.slice(0, -6)}.${text.slice(-6)}`;
}

/** @param {(string | null | undefined)[]} amounts */
export const sum = (amounts) => fromMicros(amounts.reduce((total, amount) => total + toMicros(amount ?? '0'), 0n));

/** @param {string} from @param {string} amount */
export const subtract = (from, amount) => fromMicros(toMicros(from) - toMicros(amount));
