// @ts-check
/** Loads from the API and keeps it fresh while the page is visible. */
import { createContext, useCallback, useContext, useEffect, useRef, useState } from './vendor/htm-preact.js';
import { ApiError, get } from './api.js';

/** What every page may know. @type {any} */
export const App = createContext(null);

/** @returns {{ caller: { name: string, role: string }, currency: string, isLive: boolean, tell: (text: string, kind?: string) => void, expired: () => void, mark: (at: number, error: ApiError | null) => void, may: (role: string) => boolean }} */
export const useApp = () => useContext(App);

const REFRESH_MILLISECONDS = 15_000;
const SLOWEST_MILLISECONDS = 120_000;

/**
 * Reads a route now, when its query changes and, while the console is live and visible, again and again.
 * The last answer stays when a later one fails; `error` says what failed.
 * @param {string | null} path Null: nothing yet. @param {Record<string, unknown>} [query] @param {{ refresh?: boolean }} [options]
 */
export function useLoad(path, query, options = {}) {
  const app = useApp();
  const [state, setState] = useState(/** @type {{ data: any, error: ApiError | null, isLoading: boolean, at: number }} */ ({ data: null, error: null, isLoading: true, at: 0 }));
  const [turn, setTurn] = useState(0);
  const key = path === null ? null : JSON.stringify([path, query ?? {}]);
  const shown = useRef(key);

  useEffect(() => {
    if (key === null) return undefined;
    const cancel = new AbortController();
    const isOther = shown.current !== key;
    shown.current = key;
    setState((before) => (isOther ? { data: null, error: null, isLoading: true, at: 0 } : { ...before, isLoading: true }));
    get(/** @type {string} */ (path), query, cancel.signal).then(
      (data) => {
        app.mark(Date.now(), null);
        setState({ data, error: null, isLoading: false, at: Date.now() });
      },
      (error) => {
        if (cancel.signal.aborted) return;
        if (error.status === 401) app.expired();
        app.mark(0, error);
        setState((before) => ({ ...before, error, isLoading: false }));
      });
    return () => cancel.abort();
  }, [key, turn]);

  const again = useCallback(() => setTurn((before) => before + 1), []);
  const wait = waitAfter(state.error);
  useEffect(() => {
    if (options.refresh === false || (!app.isLive && !isPassing(state.error))) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') again();
    }, wait);
    return () => clearInterval(timer);
  }, [app.isLive, options.refresh, wait]);

  return { ...state, again };
}

/** @param {ApiError | null} error */
const isPassing = (error) => error !== null && (error.status === 0 || error.status === 429 || error.status === 503);

/** Follows the server's Retry-After. @param {ApiError | null} error */
function waitAfter(error) {
  if (!error) return REFRESH_MILLISECONDS;
  return error.retryAfterSeconds ? Math.min(error.retryAfterSeconds * 1000, SLOWEST_MILLISECONDS) : REFRESH_MILLISECONDS;
}

/** Reads pages of a list by their cursor. @param {string} path @param {Record<string, unknown>} query @param {string} member The list's name in the answer. */
export function usePages(path, query, member) {
  const first = useLoad(path, query);
  const [more, setMore] = useState(/** @type {{ of: any, rows: any[], cursor: string | null }} */ ({ of: null, rows: [], cursor: null }));
  const [isLoadingMore, setLoadingMore] = useState(false);
  const app = useApp();
  const isCurrent = more.of === JSON.stringify([path, query]);
  const cursor = isCurrent ? more.cursor : first.data?.nextCursor ?? null;
  const rows = [...(first.data?.[member] ?? []), ...(isCurrent ? more.rows : [])];

  async function loadMore() {
    setLoadingMore(true);
    try {
      const page = await get(path, { ...query, cursor });
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
