// @ts-check
/** Stores the page and its filters in the address's fragment: `#/runs?job=backup`. */
import { useEffect, useMemo, useState } from './vendor/htm-preact.js';
import { search } from './api.js';

/** @typedef {{ path: string[], query: Record<string, string> }} Route */

/** @returns {Route} */
export function currentRoute() {
  const [path, query] = location.hash.replace(/^#\/?/, '').split('?');
  return { path: path.split('/').filter(Boolean).map(decodeURIComponent), query: Object.fromEntries(new URLSearchParams(query ?? '')) };
}

/** Builds an address of this console. @param {string[]} path @param {Record<string, unknown>} [query] */
export const link = (path, query) => `#/${path.map(encodeURIComponent).join('/')}${search(query)}`;

/** Changes the page's filters without a new entry in the browser's history. @param {Record<string, unknown>} change */
export function setQuery(change) {
  const { path, query } = currentRoute();
  history.replaceState(null, '', link(path, { ...query, ...change }));
  dispatchEvent(new HashChangeEvent('hashchange'));
}

export function useRoute() {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = () => setHash(location.hash);
    // The address may have changed since the first rendering.
    changed();
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return useMemo(currentRoute, [hash]);
}
