// @ts-check
import '../../vendor/cronstrue.js';

/** Describes a cron expression in words; empty if it is invalid. @param {string} expression */
export function inWords(expression) {
  try {
    return /** @type {any} */ (globalThis).cronstrue.toString(expression, { use24HourTimeFormat: true, verbose: false });
  } catch {
    return '';
  }
}
