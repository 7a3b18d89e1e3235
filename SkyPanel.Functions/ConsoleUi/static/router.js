// @ts-check
/** Keeps the page and its filters in the address's fragment: `#/runs?job=backup`. */
import { useEffect, useMemo, useState } from './vendor/htm-preact.js';

/** @typedef {{ path: string[], query: Record<string, string> }} Place */

/** @returns {Place} */
export function place() {
  const [path, query] = location.hash.replace(/^#\/?/, '').split('?');
  return { path: path.split('/').filter(Boolean).map(decodeURIComponent), query: Object.fromEntries(new URLSearchParams(query ?? '')) };
}

/** Makes an address of this console. @param {string[]} path @param {Record<string, unknown>} [query] */
export function link(path, query) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {}))
    if (value !== undefined && value !== null && value !== '') parameters.set(name, String(value));
  const text = parameters.toString();
  return `#/${path.map(encodeURIComponent).join('/')}${text ? `?${text}` : ''}`;
}

/** Changes the filters of the page, without a new entry in the history. @param {Record<string, unknown>} change */
export function setQuery(change) {
  const { path, query } = place();
  history.replaceState(null, '', link(path, { ...query, ...change }));
  dispatchEvent(new HashChangeEvent('hashchange'));
}

export function usePlace() {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = () => setHash(location.hash);
    // The address may have changed between the first rendering and now.
    changed();
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return useMemo(place, [hash]);
}
