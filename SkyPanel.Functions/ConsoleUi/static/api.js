// @ts-check
/** Calls the app's documented HTTP API. */
import { getSession } from './session.js';

/** An answer that isn't what was asked for, in words. */
export class ApiError extends Error {
  /** @param {number} status 0 when there was no answer. @param {string} message @param {{ field?: string, retryAfterSeconds?: number }} [more] */
  constructor(status, message, more = {}) {
    super(message);
    this.status = status;
    this.field = more.field;
    this.retryAfterSeconds = more.retryAfterSeconds;
  }

  /** Whether the same request may well succeed a little later: no answer, too many requests, something is down, or the server says when. */
  get isPassing() {
    return this.status === 0 || this.status === 429 || this.status === 503 || (this.status === 409 && this.retryAfterSeconds !== undefined);
  }
}

/** @template {string} P @typedef {import('../answers').Answer<P>} Read What a path answers to a GET. */
/** @template {string} P @template {'post' | 'put' | 'delete'} [M='post'] @typedef {import('../answers').Answer<P, M>} Done What a path answers to a change. */
/** @template {keyof import('../../../.local/openapi').components['schemas']} N @typedef {import('../answers').Schema<N>} Schema A type of the document. */
/** @template {string} P @template {keyof Read<P>} L @typedef {import('../answers').Row<P, L>} Row A row of a list of an answer. */

/** @template {string} P @param {P} path @param {Record<string, unknown>} [query] Empty values are left out. @param {AbortSignal} [signal] @returns {Promise<Read<P>>} */
export const get = (path, query, signal) => call('GET', path + search(query), undefined, signal);

/** Asks by a POST, and changes nothing. @template {string} P @param {P} path @param {unknown} body @param {Record<string, unknown>} [query] @returns {Promise<Done<P>>} */
export const ask = (path, body, query) => call('POST', path + search(query), body);

/** Changes something; a repeat of the same act, after a lost answer, does no harm. @param {string} method @param {string} path @param {unknown} [body] @param {string} [onceKey] */
export const send = (method, path, body, onceKey) => call(method, path, body ?? {}, undefined, onceKey);

export const newOnceKey = () => crypto.randomUUID();

/** @param {Record<string, unknown>} [query] */
export function search(query) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {}))
    if (value !== undefined && value !== null && value !== '') parameters.set(name, String(value));
  const text = parameters.toString();
  return text ? `?${text}` : '';
}

/** @param {string} method @param {string} path @param {unknown} [body] @param {AbortSignal} [signal] @param {string} [onceKey] */
async function call(method, path, body, signal, onceKey) {
  /** @type {Record<string, string>} */
  const headers = { accept: 'application/json', ...credentials() };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (onceKey) headers['idempotency-key'] = onceKey;
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

/** Reads a file, such as a CSV, as text. @param {string} path */
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
  let told = { title: '', detail: '', field: /** @type {string | undefined} */ (undefined) };
  try {
    told = await response.json();
  } catch { /* A proxy's page: the status says enough. */ }
  const retryAfterSeconds = Number(response.headers.get('retry-after')) || undefined;
  return new ApiError(response.status, inWords(response.status, told), { field: told.field, retryAfterSeconds });
}

/** @param {number} status @param {{ title: string, detail: string }} told */
function inWords(status, { title, detail }) {
  if (status === 403) return `${title} ${detail}`;
  if (status === 503) return title || 'Its database or a part of it can’t be reached.';
  return detail || title || `The app answered ${status}.`;
}
