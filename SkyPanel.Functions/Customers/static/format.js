// @ts-check
/** Formats figures and times for people. */
import { money, number } from './figures.js';

export { money, number };

/** `2026-10-21 08:00` in UTC. @param {string | null | undefined} iso */
export const instant = (iso) => (iso ? new Date(iso).toISOString().slice(0, 16).replace('T', ' ') : '–');

/** @param {number} hours */
export function span(hours) {
  if (hours < 48) return `${number(hours)} ${hours === 1 ? 'hour' : 'hours'}`;
  const days = Math.floor(hours / 24);
  return days < 730 ? `${number(days)} days` : `${number(Math.floor(days / 365))} years`;
}

/** `partly_refunded` → `partly refunded`. @param {string} state */
export const words = (state) => state.replaceAll('_', ' ');
