// @ts-check
import '../../vendor/cronstrue.js';

/** Says a cron expression in words; empty when it isn't one. @param {string} expression */
export function inWords(expression) {
  try {
    return /** @type {any} */ (globalThis).cronstrue.toString(expression, { use24HourTimeFormat: true, verbose: false });
  } catch {
    return '';
  }
}
