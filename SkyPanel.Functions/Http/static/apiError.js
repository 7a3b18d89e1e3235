// @ts-check
/** A failed request, with a message to show. */
export class ApiError extends Error {
  /** @param {number} status 0 when there was no answer. @param {string} message @param {{ field?: string, retryAfterSeconds?: number }} [more] */
  constructor(status, message, more = {}) {
    super(message);
    this.status = status;
    this.field = more.field;
    this.retryAfterSeconds = more.retryAfterSeconds;
  }

  /** Whether a retry may succeed: no answer, too many requests, a system is down, or the server says when to retry. */
  get isTransient() {
    return this.status === 0 || this.status === 429 || this.status === 503 || (this.status === 409 && this.retryAfterSeconds !== undefined);
  }
}
