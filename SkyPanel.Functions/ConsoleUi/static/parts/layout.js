// @ts-check
import { html, useEffect, useRef } from '../vendor/htm-preact.js';
import { relative } from '../format.js';
import { link, useRoute } from '../router.js';
import { useApp, useLoad, useNow } from '../use.js';
import { MENU } from '../pages/pages.js';
import { waiting } from '../pages/now/waiting.js';

/** The frame around every page. @param {{ notes: { id: number, text: string, kind: string }[], children?: unknown }} properties */
export function Layout({ notes, children }) {
  const app = useApp();
  const { path } = useRoute();
  const status = useLoad('/api/admin/cron/status');
  const count = status.data ? waiting(status.data.billing).reduce((total, [, one]) => total + one, 0) : 0;
  const failing = status.data?.checks?.failing?.length ?? 0;
  const badges = /** @type {Record<string, [string, string] | null>} */ ({
    now: failing ? [`${failing} failing`, 'bad'] : null,
    inbox: count ? [String(count), 'warn'] : null,
  });
  return html`
    <a class="skip" href="#main" onClick=${(/** @type {Event} */ event) => { event.preventDefault(); document.getElementById('main')?.focus(); }}>Skip to the page</a>
    <header><b>SkyPanel billing</b><span class="grow"></span><${Search} /><${Freshness} />
      <span class="tag good">${app.caller.role} · ${app.caller.name}</span><button onClick=${app.logOut}>Log out</button></header>
    <nav aria-label="Pages">${MENU.map(([key, text]) => html`<a key=${key} href=${link(key === 'now' ? [] : [key])} aria-current=${(path[0] ?? 'now') === key ? 'page' : undefined}>
      ${text}${badges[key] && html`<span class=${`tag ${badges[key][1]}`}>${badges[key][0]}</span>`}</a>`)}</nav>
    <main id="main" tabindex="-1">${app.caller.role === 'viewer' && html`<p class="muted">You are a viewer: everything is shown, nothing can be changed.</p>`}${children}</main>
    <div class="notes" role="status" aria-live="polite">${notes.map((note) => html`<div key=${note.id} class=${`note ${note.kind}`}>${note.text}</div>`)}</div>`;
}

function Search() {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => {
    const pressed = (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== '/' || /input|textarea|select/i.test(/** @type {Element} */ (event.target).tagName)) return;
      event.preventDefault();
      input.current?.focus();
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, []);
  /** @param {Event} event */
  function go(event) {
    event.preventDefault();
    const text = input.current?.value.trim() ?? '';
    const [, kind, id] = /^(run|server|customer)?\s*#?(\d+)$/i.exec(text) ?? [];
    if (id && kind) location.hash = link([`${kind.toLowerCase()}s`, id]);
    else if (text) location.hash = link(['customers'], { search: text });
  }
  return html`<form role="search" onSubmit=${go}><input ref=${input} aria-label="Find a customer, server 1006 or run 12" placeholder="Customer, server 1006, run 12  /" /></form>`;
}

function Freshness() {
  const app = useApp();
  const now = useNow(5000);
  const { at, error } = app.freshness;
  const age = at ? relative(new Date(at).toISOString(), Math.max(at, now)) : '';
  return html`<small class=${error?.isTransient ? 'bad-text' : ''}>${error?.isTransient ? `no answer; figures of ${age}` : at ? `read ${age}` : ''}</small>
    <button aria-pressed=${app.isLive} onClick=${() => app.setLive(!app.isLive)}>${app.isLive ? 'Live' : 'Stopped'}</button>`;
}
