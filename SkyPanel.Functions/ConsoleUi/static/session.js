// @ts-check
/** Keeps who is logged in: an API key or an access token, in memory and, when asked to, in sessionStorage. */

const STORAGE_KEY = 'skypanel.session';
const VERIFIER_KEY = 'skypanel.verifier';

/** @typedef {{ kind: 'key' | 'token', secret: string }} Session */

/** @type {Session | null} */
let current = null;

const meta = (/** @type {string} */ name) => document.querySelector(`meta[name="${name}"]`)?.getAttribute('content') ?? '';

/** Says whether the provider's own login is configured. */
export const hasOpenId = () => meta('authority') !== '' && meta('client-id') !== '';

export const getSession = () => current;

/** Keeps a key or a token. @param {Session} session @param {boolean} remember For this browser tab, across reloads. */
export function logIn(session, remember) {
  current = session;
  if (remember) sessionStorage.setItem(STORAGE_KEY, JSON.stringify(session));
}

export function logOut() {
  current = null;
  sessionStorage.removeItem(STORAGE_KEY);
}

/** Says whether the address has a key in its fragment. */
export const hasKeyInAddress = () => location.hash.startsWith('#key=');

/** Finds a session: in the address's fragment (`#key=…`, removed at once), in an answer of the authority, or kept in this tab. */
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
  const kept = sessionStorage.getItem(STORAGE_KEY);
  if (kept) current = JSON.parse(kept);
}

/** Sends the browser to the authority: authorization code flow with PKCE. */
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

/** @param {URLSearchParams} answer The authority's, in the fragment: it never reaches this app's server. */
async function redeem(answer) {
  const begun = JSON.parse(sessionStorage.getItem(VERIFIER_KEY) ?? 'null');
  sessionStorage.removeItem(VERIFIER_KEY);
  history.replaceState(null, '', location.pathname + (begun?.returnTo ?? ''));
  dispatchEvent(new HashChangeEvent('hashchange'));
  if (!begun || begun.state !== answer.get('state')) throw new Error('This is not the answer to a login that this tab began. Log in again.');
  if (answer.has('error')) throw new Error(`The authority refused the login: ${answer.get('error_description') ?? answer.get('error')}.`);
  const { token_endpoint: endpoint } = await discover();
  const redeemed = await fetch(endpoint, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code', code: answer.get('code') ?? '', client_id: meta('client-id'),
      redirect_uri: location.origin + '/', code_verifier: begun.verifier,
    }),
  });
  if (!redeemed.ok) throw new Error(`The authority gave no token: it answered ${redeemed.status}.`);
  logIn({ kind: 'token', secret: (await redeemed.json()).access_token }, true);
}

async function discover() {
  const answer = await fetch(`${meta('authority').replace(/\/$/, '')}/.well-known/openid-configuration`);
  if (!answer.ok) throw new Error(`The authority answered ${answer.status}.`);
  return answer.json();
}

const encode = (/** @type {Uint8Array} */ bytes) =>
  btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
