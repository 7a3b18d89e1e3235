// @ts-check
/** Calls the app's HTTP API. */
import { ApiError } from './apiError.js';
import { getSession } from './session.js';

export { ApiError };

/** @template {string} P @typedef {import('../answers').Answer<P>} Read The answer of a path to a GET. */
/** @template {string} P @template {'post' | 'put' | 'delete'} [M='post'] @typedef {import('../answers').Answer<P, M>} Done The answer of a path to a change. */
/** @template {keyof import('../../../.local/openapi').components['schemas']} N @typedef {import('../answers').Schema<N>} Schema A type of openapi.json. */
/** @template {string} P @template {keyof Read<P>} L @typedef {import('../answers').Row<P, L>} Row A row of a list in an answer. */

/** @template {string} P @param {P} path @param {Record<string, unknown>} [query] Empty values are left out. @param {AbortSignal} [signal] @returns {Promise<Read<P>>} */
export const get = (path, query, signal) => call('GET', path + search(query), undefined, signal);

/** Sends a POST that changes nothing. @template {string} P @param {P} path @param {unknown} body @param {Record<string, unknown>} [query] @returns {Promise<Done<P>>} */
export const postQuery = (path, body, query) => call('POST', path + search(query), body);

/** Sends a change. With an idempotency key it can be repeated safely after a lost answer. @param {string} method @param {string} path @param {unknown} [body] @param {string} [idempotencyKey] */
export const send = (method, path, body, idempotencyKey) => call(method, path, body ?? {}, undefined, idempotencyKey);

export const newIdempotencyKey = () => crypto.randomUUID();

/** @param {Record<string, unknown>} [query] */
export function search(query) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {}))
    if (value !== undefined && value !== null && value !== '') parameters.set(name, String(value));
  const text = parameters.toString();
  return text ? `?${text}` : '';
}

/** @param {string} method @param {string} path @param {unknown} [body] @param {AbortSignal} [signal] @param {string} [idempotencyKey] */
async function call(method, path, body, signal, idempotencyKey) {
  /** @type {Record<string, string>} */
  const headers = { accept: 'application/json', ...credentials() };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (idempotencyKey) headers['idempotency-key'] = idempotencyKey;
  let response;
  try {
    response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal });
  } catch (reason) {
    if (signal?.aborted) throw reason;
    throw new ApiError(0, 'The app doesn’t answer.');
  }
  if (!response.ok) throw await problem(response);
  return response.status === 204 ? null : response.json();
}

/** Downloads a file, such as a CSV. @param {string} path */
export async function download(path) {
  const response = await fetch(path, { headers: credentials() });
  if (!response.ok) throw await problem(response);
  return response.blob();
}

/** @returns {Record<string, string>} */
function credentials() {
  const session = getSession();
  if (!session) return {};
  return session.kind === 'key' ? { 'x-api-key': session.secret } : { authorization: `Bearer ${session.secret}` };
}

/** @param {Response} response */
async function problem(response) {
  let body = { title: '', detail: '', field: /** @type {string | undefined} */ (undefined) };
  try {
    body = await response.json();
  } catch { /* Not JSON, such as a proxy's page: the status is enough. */ }
  const retryAfterSeconds = Number(response.headers.get('retry-after')) || undefined;
  return new ApiError(response.status, messageOf(response.status, body), { field: body.field, retryAfterSeconds });
}

/** @param {number} status @param {{ title: string, detail: string }} body */
function messageOf(status, { title, detail }) {
  if (status === 403) return `${title} ${detail}`;
  if (status === 503) return title || 'The database or another system can’t be reached.';
  return detail || title || `The app answered ${status}.`;
}
