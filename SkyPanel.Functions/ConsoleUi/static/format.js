// @ts-check
/** Formats figures and times for people. */
import { addMonths, money, monthOf, number, setCurrency, two } from './figures.js';

export { addMonths, money, monthOf, number, setCurrency, two };

const local = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** @param {string | null | undefined} iso In UTC: `21 Oct 08:00`. */
export function instant(iso) {
  if (!iso) return '–';
  const at = new Date(iso);
  const seconds = at.getUTCSeconds() ? `:${two(at.getUTCSeconds())}` : '';
  const year = at.getUTCFullYear() === new Date().getUTCFullYear() ? '' : ` ${at.getUTCFullYear()}`;
  return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}${year} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}${seconds}`;
}

/** Formats a time in the viewer's own zone, for a tooltip. @param {string | null | undefined} iso */
export const localInstant = (iso) => (iso ? `${local.format(new Date(iso))} (your time)` : '');

/** `in 57 min`, `2 h ago`. @param {string | null | undefined} iso @param {number} [now] */
export function relative(iso, now = Date.now()) {
  if (!iso) return '';
  const seconds = Math.round((Date.parse(iso) - now) / 1000);
  if (Math.abs(seconds) < 3) return 'now';
  const text = span(Math.abs(seconds));
  return seconds >= 0 ? `in ${text}` : `${text} ago`;
}

/** @param {number} seconds */
export function span(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} days`;
}

/** @param {{ expiresAt: string }} row */
export const isExpired = ({ expiresAt }) => Date.parse(expiresAt) <= Date.now();

/** @param {number | null | undefined} milliseconds */
export function duration(milliseconds) {
  if (milliseconds === null || milliseconds === undefined) return '–';
  return milliseconds < 1000 ? `${milliseconds} ms` : milliseconds < 90_000 ? `${(milliseconds / 1000).toFixed(1)} s` : span(milliseconds / 1000);
}

/** `hourly-billing` → `Hourly billing`. @param {string} name */
export const title = (name) => (name.charAt(0).toUpperCase() + name.slice(1)).replaceAll('-', ' ').replaceAll('_', ' ').replace(/^Dns/, 'DNS');

/** `hourlyBilling` → `hourly-billing`. @param {string} key */
export const jobName = (key) => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
