// @ts-check
import { html, useState } from '../../vendor/htm-preact.js';
import { beginOpenId, hasOpenId, logIn } from '../../session.js';

/** Asks for an API key, or redirects to the login of the OpenID Connect authority. @param {{ error: import('../../api.js').ApiError | null, onLogIn: () => void }} properties */
export function Login({ error, onLogIn }) {
  const [key, setKey] = useState('');
  const [failure, setFailure] = useState(/** @type {Error | null} */ (null));
  const [remember, setRemember] = useState(true);
  /** @param {Event} event */
  function submit(event) {
    event.preventDefault();
    setFailure(null);
    logIn({ kind: 'key', secret: key.trim() }, remember);
    onLogIn();
  }
  return html`<main class="login"><form class="card" onSubmit=${submit}>
    <h1>SkyPanel billing</h1>
    ${(failure || error) && html`<p class="error" role="alert">${!failure && error?.status === 401 && key ? 'This key or token is not known.' : (failure ?? error)?.message}</p>`}
    <label><span>API key</span><input type="password" required value=${key} autocomplete="off" onInput=${(/** @type {{ target: HTMLInputElement }} */ { target }) => setKey(target.value)} /></label>
    <label class="check"><span>Stay logged in until this tab is closed</span><input type="checkbox" checked=${remember} onChange=${(/** @type {{ target: HTMLInputElement }} */ { target }) => setRemember(target.checked)} /></label>
    <div class="actions">${hasOpenId() && html`<button type="button" onClick=${() => beginOpenId().catch(setFailure)}>Log in with your account</button>`}<button class="main">Log in</button></div>
  </form></main>`;
}
