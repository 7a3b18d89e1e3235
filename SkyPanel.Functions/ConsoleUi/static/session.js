// @ts-check
/** Stores the login, an API key or an access token: in memory and, on request, in sessionStorage. */

const STORAGE_KEY = 'skypanel.session';
const VERIFIER_KEY = 'skypanel.verifier';

/** @typedef {{ kind: 'key' | 'token', secret: string }} Session */

/** @type {Session | null} */
let current = null;

const meta = (/** @type {string} */ name) => document.querySelector(`meta[name="${name}"]`)?.getAttribute('content') ?? '';

/** Whether login at an OpenID Connect authority is configured. */
export const hasOpenId = () => meta('authority') !== '' && meta('client-id') !== '';

export const getSession = () => current;

/** Stores a key or a token. @param {Session} session @param {boolean} remember Keeps it for this browser tab, across reloads. */
export function logIn(session, remember) {
  current = session;
  if (remember) sessionStorage.setItem(STORAGE_KEY, JSON.stringify(session));
}

export function logOut() {
  current = null;
  sessionStorage.removeItem(STORAGE_KEY);
}

/** Whether the address has a key in its fragment. */
export const hasKeyInAddress = () => location.hash.startsWith('#key=');

/** Restores a session from the address's fragment (`#key=…`, removed at once), from an answer of the authority, or from this tab. */
export async function restore() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const key = fragment.get('key');
  if (key) {
    history.replaceState(null, '', location.pathname);
    dispatchEvent(new HashChangeEvent('hashchange'));
    logIn({ kind: 'key', secret: key }, true);
    return;
  }
  if (fragment.has('code') || fragment.has('error')) {
    await redeem(fragment);
    return;
  }
  const stored = sessionStorage.getItem(STORAGE_KEY);
  if (stored) current = JSON.parse(stored);
}

/** Redirects the browser to the authority: authorization code flow with PKCE. */
export async function beginOpenId() {
  const { authorization_endpoint: endpoint } = await discover();
  const verifier = encode(crypto.getRandomValues(new Uint8Array(48)));
  const state = encode(crypto.getRandomValues(new Uint8Array(16)));
  sessionStorage.setItem(VERIFIER_KEY, JSON.stringify({ verifier, state, returnTo: location.hash }));
  const challenge = encode(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));
  const address = new URL(endpoint);
  address.search = new URLSearchParams({
    response_type: 'code', response_mode: 'fragment', client_id: meta('client-id'), redirect_uri: location.origin + '/', scope: 'openid profile',
    state, code_challenge: challenge, code_challenge_method: 'S256',
  }).toString();
  location.assign(address);
}

/** @param {URLSearchParams} answer The authority's answer, in the fragment, which never reaches this app's server. */
async function redeem(answer) {
  const pending = JSON.parse(sessionStorage.getItem(VERIFIER_KEY) ?? 'null');
  sessionStorage.removeItem(VERIFIER_KEY);
  history.replaceState(null, '', location.pathname + (pending?.returnTo ?? ''));
  dispatchEvent(new HashChangeEvent('hashchange'));
  if (!pending || pending.state !== answer.get('state')) throw new Error('This answer does not belong to a login of this tab. Log in again.');
  if (answer.has('error')) throw new Error(`The authority refused the login: ${answer.get('error_description') ?? answer.get('error')}.`);
  const { token_endpoint: endpoint } = await discover();
  const redeemed = await fetch(endpoint, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code', code: answer.get('code') ?? '', client_id: meta('client-id'),
      redirect_uri: location.origin + '/', code_verifier: pending.verifier,
    }),
  });
  if (!redeemed.ok) throw new Error(`The authority returned no token: status ${redeemed.status}.`);
  logIn({ kind: 'token', secret: (await redeemed.json()).access_token }, true);
}

async function discover() {
  const answer = await fetch(`${meta('authority').replace(/\/$/, '')}/.well-known/openid-configuration`).catch(() => { throw new Error('The authority can’t be reached.'); });
  if (!answer.ok) throw new Error(`The authority answered with status ${answer.status}.`);
  return answer.json();
}

const encode = (/** @type {Uint8Array} */ bytes) =>
  btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
