// @ts-check
/** The console: finds who is logged in, and shows the page that the address names. */
import { html, render, useEffect, useMemo, useState } from './vendor/htm-preact.js';
import { ApiError, get } from './api.js';
import { setCurrency } from './format.js';
import { link, usePlace } from './router.js';
import { getSession, hasKeyInAddress, logOut, restore } from './session.js';
import { App } from './use.js';
import { Layout } from './parts/layout.js';
import { Login } from './pages/login/login.js';
import { findPage } from './pages/pages.js';

const ROLES = ['viewer', 'operator', 'admin'];

function Console() {
  const [caller, setCaller] = useState(/** @type {import('./api.js').Read<'/api/admin/me'> | null} */ (null));
  const [trouble, setTrouble] = useState(/** @type {ApiError | null} */ (null));
  const [visit, setVisit] = useState(0);
  const [isLive, setLive] = useState(true);
  const [notes, setNotes] = useState(/** @type {{ id: number, text: string, kind: string }[]} */ ([]));
  const [freshness, setFreshness] = useState({ at: 0, error: /** @type {ApiError | null} */ (null) });

  async function enter() {
    if (!getSession()) return;
    try {
      const told = await get('/api/admin/me');
      setCurrency(told.currency);
      setCaller(told);
      setVisit((/** @type {number} */ before) => before + 1);
      setTrouble(null);
    } catch (error) {
      const failed = /** @type {ApiError} */ (error);
      if (failed.status === 401) logOut();
      setCaller(null);
      setTrouble(failed);
    }
  }
  useEffect(() => {
    const begin = () => restore().then(enter, (error) => setTrouble(new ApiError(0, error.message)));
    begin();
    // An address with a key may also be pasted into a tab that shows the console already.
    const changed = () => hasKeyInAddress() && begin();
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);

  const app = useMemo(() => caller && {
    caller, isLive, setLive, freshness,
    currency: caller.currency,
    may: (/** @type {string} */ role) => ROLES.indexOf(caller.role) >= ROLES.indexOf(role),
    mark: (/** @type {number} */ at, /** @type {ApiError | null} */ error) => setFreshness((/** @type {typeof freshness} */ before) => ({ at: at || before.at, error })),
    expired: () => {
      logOut();
      setCaller(null);
      setTrouble(new ApiError(401, 'The key isn’t valid any more. Log in again to come back to this page.'));
    },
    leave: () => {
      logOut();
      setCaller(null);
      setTrouble(null);
    },
    tell: (/** @type {string} */ text, kind = '') => {
      const note = { id: Date.now() + Math.random(), text, kind };
      setNotes((/** @type {typeof notes} */ before) => [...before.slice(-3), note]);
      setTimeout(() => setNotes((/** @type {typeof notes} */ before) => before.filter((/** @type {typeof note} */ one) => one !== note)), 8000);
    },
  }, [caller, isLive, freshness]);

  if (!app) return html`<${Login} trouble=${trouble} onLogIn=${enter} />`;
  return html`<${App.Provider} key=${visit} value=${app}><${Layout} notes=${notes}><${Page} /><//><//>`;
}

function Page() {
  const { path, query } = usePlace();
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
