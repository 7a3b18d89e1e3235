// @ts-check
/** Loads answers of the API, and refreshes them while the page is visible. */
import { createContext, useCallback, useContext, useEffect, useRef, useState } from './vendor/htm-preact.js';
import { ApiError, get } from './api.js';

/**
 * The state of the console, for every page.
 * @typedef {{ caller: import('./api.js').Read<'/api/admin/me'>, currency: string, isLive: boolean, setLive: (isLive: boolean) => void, freshness: { at: number, error: ApiError | null },
 *   notify: (text: string, kind?: string) => void, expired: () => void, logOut: () => void, recordAnswer: (at: number, error: ApiError | null) => void, hasRole: (role: string) => boolean }} AppState
 */
export const App = createContext(null);

/** @returns {AppState} */
export const useApp = () => useContext(App);

const REFRESH_MILLISECONDS = 15_000;
const MAX_WAIT_MILLISECONDS = 120_000;
/** The most rows of a request. */
const MAX_ROWS = 500;

/** @template D @typedef {{ data: D | null, error: ApiError | null, isLoading: boolean, at: number, retryAt: number }} Loading */
/** @typedef {{ cursor: string | null, loadMore: () => void, isLoadingMore: boolean }} Pages */
/** @template D @typedef {Loading<D> & { reload: () => void }} Loads */
/** @type {Loading<any>} */
const NOTHING = { data: null, error: null, isLoading: true, at: 0, retryAt: 0 };

/**
 * Reads a route now, when its query changes, and repeatedly while the console is live and visible.
 * If a later request fails, `data` keeps the last answer, and `error` has the failure.
 * @template {string} P @param {P | null} path Null reads nothing yet. @param {Record<string, unknown>} [query] @param {{ refresh?: boolean, isOver?: (data: any) => boolean, read?: (signal: AbortSignal) => Promise<any> }} [options] `isOver`: whether data changes no more. `read`: in place of one request.
 * @returns {Loads<import('./api.js').Read<P>>}
 */
export function useLoad(path, query, options = {}) {
  const app = useApp();
  const [state, setState] = useState(NOTHING);
  const [reloadCount, setReloadCount] = useState(0);
  const key = path === null ? null : JSON.stringify([path, query ?? {}]);
  const shown = useRef(key);

  useEffect(() => {
    if (key === null) return undefined;
    const cancel = new AbortController();
    const hasChanged = shown.current !== key;
    shown.current = key;
    setState((/** @type {Loading<any>} */ before) => (hasChanged ? NOTHING : { ...before, isLoading: true }));
    (options.read ? options.read(cancel.signal) : get(/** @type {P} */ (path), query, cancel.signal)).then(
      (data) => {
        app.recordAnswer(Date.now(), null);
        setState({ data, error: null, isLoading: false, at: Date.now(), retryAt: 0 });
      },
      (error) => {
        if (cancel.signal.aborted) return;
        if (error.status === 401) app.expired();
        app.recordAnswer(0, error);
        setState((/** @type {Loading<any>} */ before) => ({ ...before, error, isLoading: false, retryAt: error.isTransient ? Date.now() + waitAfter(error) : 0 }));
      });
    return () => cancel.abort();
  }, [key, reloadCount]);

  const reload = useCallback(() => setReloadCount((/** @type {number} */ before) => before + 1), []);
  const isRefreshed = app.isLive && options.refresh !== false && !(state.data && options.isOver?.(state.data));
  useEffect(() => {
    // The interval begins when the answer is there, so that a slow request is never cancelled by the next one.
    if (state.isLoading || !(isRefreshed || state.retryAt)) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') reload();
    }, waitAfter(state.error));
    // Retry as soon as the network is back.
    if (state.retryAt) addEventListener('online', reload);
    return () => {
      clearInterval(timer);
      removeEventListener('online', reload);
    };
  }, [isRefreshed, state]);

  return { ...state, reload };
}

/** Returns the wait before the next request, by the server's Retry-After. @param {ApiError | null} error */
const waitAfter = (error) => (error?.retryAfterSeconds ? Math.min(error.retryAfterSeconds * 1000, MAX_WAIT_MILLISECONDS) : REFRESH_MILLISECONDS);

/**
 * Reads a list page by page.
 * @template {string} P @template {keyof import('./api.js').Read<P> & string} L @param {P} path @param {Record<string, unknown>} query @param {L} member The list's name in the answer.
 * @returns {Loads<import('./api.js').Read<P>> & Pages & { rows: import('./api.js').Row<P, L>[] }}
 */
export function usePages(path, query, member) {
  const key = JSON.stringify([path, query]);
  const shown = useRef({ key, pages: 1 });
  if (shown.current.key !== key) shown.current = { key, pages: 1 };
  const wanted = () => shown.current.pages * Number(query.limit);

  // All pages that are shown are read again, so that no row is stale, lost or repeated between two pages.
  const list = /** @type {Loads<any>} */ (useLoad(path, query, { read: async (signal) => {
    const next = (/** @type {number} */ rows, /** @type {string} */ cursor) => /** @type {Promise<any>} */ (get(path, { ...query, limit: Math.min(wanted() - rows, MAX_ROWS), cursor }, signal));
    const all = await next(0, '');
    while (all.nextCursor && all[member].length < wanted()) {
      const page = await next(all[member].length, all.nextCursor);
      all[member].push(...page[member]);
      all.nextCursor = page.nextCursor;
    }
    return all;
  } }));
  const rows = list.data?.[member] ?? [];

  function loadMore() {
    shown.current.pages++;
    list.reload();
  }

  return { ...list, rows, cursor: list.data?.nextCursor ?? null, loadMore, isLoadingMore: list.isLoading && rows.length < wanted() };
}

/** Returns the present time, and renders again at each interval so that ages stay current. @param {number} milliseconds */
export function useNow(milliseconds = 10_000) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), milliseconds);
    return () => clearInterval(timer);
  }, [milliseconds]);
  return now;
}
