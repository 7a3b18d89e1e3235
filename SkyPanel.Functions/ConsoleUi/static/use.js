// @ts-check
/** Loads from the API and keeps it fresh while the page is visible. */
import { createContext, useCallback, useContext, useEffect, useRef, useState } from './vendor/htm-preact.js';
import { ApiError, get } from './api.js';

/**
 * What every page may know.
 * @typedef {{ caller: import('./api.js').Read<'/api/admin/me'>, currency: string, isLive: boolean, setLive: (isLive: boolean) => void, freshness: { at: number, error: ApiError | null },
 *   tell: (text: string, kind?: string) => void, expired: () => void, leave: () => void, mark: (at: number, error: ApiError | null) => void, may: (role: string) => boolean }} AppState
 */
export const App = createContext(null);

/** @returns {AppState} */
export const useApp = () => useContext(App);

const REFRESH_MILLISECONDS = 15_000;
const SLOWEST_MILLISECONDS = 120_000;

/** @template D @typedef {{ data: D | null, error: ApiError | null, isLoading: boolean, at: number, retryAt: number }} Loading */
/** @typedef {{ cursor: string | null, loadMore: () => void, isLoadingMore: boolean }} Pages */
/** @template D @typedef {Loading<D> & { again: () => void }} Loads */
/** @type {Loading<any>} */
const NOTHING = { data: null, error: null, isLoading: true, at: 0, retryAt: 0 };

/**
 * Reads a route now, when its query changes and, while the console is live and visible, again and again.
 * The last answer stays when a later one fails; `error` says what failed.
 * @template {string} P @param {P | null} path Null: nothing yet. @param {Record<string, unknown>} [query] @param {{ refresh?: boolean }} [options]
 * @returns {Loads<import('./api.js').Read<P>>}
 */
export function useLoad(path, query, options = {}) {
  const app = useApp();
  const [state, setState] = useState(NOTHING);
  const [turn, setTurn] = useState(0);
  const key = path === null ? null : JSON.stringify([path, query ?? {}]);
  const shown = useRef(key);

  useEffect(() => {
    if (key === null) return undefined;
    const cancel = new AbortController();
    const isOther = shown.current !== key;
    shown.current = key;
    setState((/** @type {Loading<any>} */ before) => (isOther ? NOTHING : { ...before, isLoading: true }));
    get(/** @type {P} */ (path), query, cancel.signal).then(
      (data) => {
        app.mark(Date.now(), null);
        setState({ data, error: null, isLoading: false, at: Date.now(), retryAt: 0 });
      },
      (error) => {
        if (cancel.signal.aborted) return;
        if (error.status === 401) app.expired();
        app.mark(0, error);
        setState((/** @type {Loading<any>} */ before) => ({ ...before, error, isLoading: false, retryAt: error.isPassing ? Date.now() + waitAfter(error) : 0 }));
      });
    return () => cancel.abort();
  }, [key, turn]);

  const again = useCallback(() => setTurn((/** @type {number} */ before) => before + 1), []);
  const isRefreshed = app.isLive && options.refresh !== false;
  useEffect(() => {
    // The next turn is counted from the end of this one: a slow answer is waited for, never cut off by its successor.
    if (state.isLoading || !(isRefreshed || state.retryAt)) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') again();
    }, waitAfter(state.error));
    // A network that came back is used at once.
    if (state.retryAt) addEventListener('online', again);
    return () => {
      clearInterval(timer);
      removeEventListener('online', again);
    };
  }, [isRefreshed, state]);

  return { ...state, again };
}

/** Follows the server's Retry-After. @param {ApiError | null} error */
const waitAfter = (error) => (error?.retryAfterSeconds ? Math.min(error.retryAfterSeconds * 1000, SLOWEST_MILLISECONDS) : REFRESH_MILLISECONDS);

/**
 * Reads pages of a list by their cursor.
 * @template {string} P @template {keyof import('./api.js').Read<P> & string} L @param {P} path @param {Record<string, unknown>} query @param {L} member The list's name in the answer.
 * @returns {Loads<import('./api.js').Read<P>> & Pages & { rows: import('./api.js').Row<P, L>[] }}
 */
export function usePages(path, query, member) {
  const first = /** @type {Loads<any>} */ (useLoad(path, query));
  const [more, setMore] = useState(/** @type {{ of: string | null, rows: any[], cursor: string | null }} */ ({ of: null, rows: [], cursor: null }));
  const [isLoadingMore, setLoadingMore] = useState(false);
  const app = useApp();
  const isCurrent = more.of === JSON.stringify([path, query]);
  const cursor = isCurrent ? more.cursor : first.data?.nextCursor ?? null;
  const rows = [...(first.data?.[member] ?? []), ...(isCurrent ? more.rows : [])];

  async function loadMore() {
    setLoadingMore(true);
    try {
      const page = /** @type {any} */ (await get(path, { ...query, cursor }));
      setMore({ of: JSON.stringify([path, query]), rows: [...(isCurrent ? more.rows : []), ...page[member]], cursor: page.nextCursor ?? null });
    } catch (error) {
      app.tell(/** @type {Error} */ (error).message, 'bad');
    } finally {
      setLoadingMore(false);
    }
  }

  return { ...first, rows, cursor, loadMore, isLoadingMore };
}

/** Runs at each tick of a clock, so that ages stay true. @param {number} milliseconds */
export function useNow(milliseconds = 10_000) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), milliseconds);
    return () => clearInterval(timer);
  }, [milliseconds]);
  return now;
}
