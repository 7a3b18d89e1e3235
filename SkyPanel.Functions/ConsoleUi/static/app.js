// @ts-check
/** The console: restores the login, and shows the page that the address names. */
import { html, render, useEffect, useMemo, useState } from './vendor/htm-preact.js';
import { ApiError, get } from './api.js';
import { setCurrency } from './format.js';
import { link, useRoute } from './router.js';
import { getSession, hasKeyInAddress, logOut, restore } from './session.js';
import { App } from './use.js';
import { Layout } from './parts/layout.js';
import { Login } from './pages/login/login.js';
import { findPage } from './pages/pages.js';

const ROLES = ['viewer', 'operator', 'admin'];

function Console() {
  const [caller, setCaller] = useState(/** @type {import('./api.js').Read<'/api/admin/me'> | null} */ (null));
  const [error, setError] = useState(/** @type {ApiError | null} */ (null));
  const [loginCount, setLoginCount] = useState(0);
  const [isLive, setLive] = useState(true);
  const [notes, setNotes] = useState(/** @type {{ id: number, text: string, kind: string }[]} */ ([]));
  const [freshness, setFreshness] = useState({ at: 0, error: /** @type {ApiError | null} */ (null) });

  async function loadCaller() {
    if (!getSession()) return;
    try {
      const me = await get('/api/admin/me');
      setCurrency(me.currency);
      setCaller(me);
      setLoginCount((/** @type {number} */ before) => before + 1);
      setError(null);
    } catch (error) {
      const failed = /** @type {ApiError} */ (error);
      if (failed.status === 401) logOut();
      setCaller(null);
      setError(failed);
    }
  }
  useEffect(() => {
    const begin = () => restore().then(loadCaller, (error) => setError(new ApiError(0, error.message)));
    begin();
    // An address with a key may also be pasted into a tab that already shows the console.
    const changed = () => hasKeyInAddress() && begin();
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);

  const app = useMemo(() => caller && {
    caller, isLive, setLive, freshness,
    currency: caller.currency,
    hasRole: (/** @type {string} */ role) => ROLES.indexOf(caller.role) >= ROLES.indexOf(role),
    recordAnswer: (/** @type {number} */ at, /** @type {ApiError | null} */ error) => setFreshness((/** @type {typeof freshness} */ before) => ({ at: at || before.at, error })),
    expired: () => {
      logOut();
      setCaller(null);
      setError(new ApiError(401, 'The key is no longer valid. Log in again to return to this page.'));
    },
    logOut: () => {
      logOut();
      setCaller(null);
      setError(null);
    },
    notify: (/** @type {string} */ text, kind = '') => {
      const note = { id: Date.now() + Math.random(), text, kind };
      setNotes((/** @type {typeof notes} */ before) => [...before.slice(-3), note]);
      setTimeout(() => setNotes((/** @type {typeof notes} */ before) => before.filter((/** @type {typeof note} */ one) => one !== note)), 8000);
    },
  }, [caller, isLive, freshness]);

  if (!app) return html`<${Login} error=${error} onLogIn=${loadCaller} />`;
  return html`<${App.Provider} key=${loginCount} value=${app}><${Layout} notes=${notes}><${Page} /><//><//>`;
}

function Page() {
  const { path, query } = useRoute();
  const found = findPage(path);
  useEffect(() => {
    document.title = `${found?.title ?? 'Not found'} · SkyPanel billing`;
    document.getElementById('main')?.focus();
  }, [path.join('/')]);
  if (!found) return html`<h1>Not found</h1><p>There is no page at this address. <a href=${link([])}>Go to Now</a>.</p>`;
  return html`<${found.page} key=${path.join('/')} ids=${path.slice(1)} query=${query} />`;
}

const root = /** @type {HTMLElement} */ (document.getElementById('app'));
root.replaceChildren();
render(html`<${Console} />`, root);
