// @ts-check
/** Calls the API with the link that opened this page. */
import { ApiError } from './apiError.js';

export const link = decodeURIComponent(location.pathname.split('/')[2] ?? '');

/** @template {keyof import('../../../.local/openapi').components['schemas']} N @typedef {import('../../ConsoleUi/answers').Schema<N>} Schema A type of openapi.json. */

/** @template {string} P @param {P} path Below `/api`. @returns {Promise<import('../../ConsoleUi/answers').Answer<`/api${P}`>>} */
export const get = (path) => call('GET', path);

/** @template {string} P @param {P} path @param {unknown} [body] @param {string} [idempotencyKey] A repeat with the same key does nothing. @returns {Promise<import('../../ConsoleUi/answers').Answer<`/api${P}`, 'post'>>} */
export const post = (path, body, idempotencyKey) => call('POST', path, body, idempotencyKey);

/** Saves an answer as a file. @param {string} path @param {string} name */
export async function save(path, name) {
  const response = await request('GET', path);
  const address = URL.createObjectURL(await response.blob());
  const anchor = Object.assign(document.createElement('a'), { href: address, download: name });
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** @param {string} method @param {string} path @param {unknown} [body] @param {string} [idempotencyKey] */
async function call(method, path, body, idempotencyKey) {
  return (await request(method, path, body, idempotencyKey)).json();
}

/** @param {string} method @param {string} path @param {unknown} [body] @param {string} [idempotencyKey] */
async function request(method, path, body, idempotencyKey) {
  /** @type {Record<string, string>} */
  const headers = { authorization: `Bearer ${link}` };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (idempotencyKey) headers['idempotency-key'] = idempotencyKey;
  let response;
  try {
    response = await fetch(`/api${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new ApiError(0, 'There is no answer. Please check your connection and try again.');
  }
  if (response.ok) return response;
  let problem = { detail: '' };
  try {
    problem = await response.json();
  } catch { /* Not JSON, such as a proxy's page: the status is enough. */ }
  throw new ApiError(response.status, response.status === 429 ? 'Too many requests. Please wait a moment.' : problem.detail || `The answer was ${response.status}.`);
}
