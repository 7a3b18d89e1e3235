// @ts-check
/** Asks for what an act needs, says what it will do, does it once, and says what came of it. */
import { html, useEffect, useRef, useState } from '../vendor/htm-preact.js';
import { newOnceKey, send } from '../api.js';
import { explain } from './basics.js';
import { useApp } from '../use.js';

/**
 * @typedef {{ name: string, label: string, type?: 'text' | 'textarea' | 'number' | 'datetime-local' | 'checkbox' | 'select' | 'password', value?: any, required?: boolean, help?: string, options?: [string, string][], maxLength?: number, toBody?: (value: any) => any }} Field
 * @typedef {{ title: string, will: unknown, role: string, fields?: Field[], body?: (values: any) => unknown, confirm: string, danger?: boolean, preview?: (body: any) => Promise<unknown> }} Asks
 * @typedef {Asks & { method?: string, path: string, done: (answer: never) => string }} Act
 */

/** An act whose answer is known by its route. @template {string} P @template {'POST' | 'PUT' | 'DELETE'} [M='POST'] @param {Asks & { method?: M, path: P, done: (answer: import('../api.js').Done<P, Lowercase<M>>) => string }} asked @returns {Act} */
export const act = (asked) => asked;

/** The reason that most acts ask for. @type {Field} */
export const REASON = { name: 'reason', label: 'Reason', type: 'textarea', required: true, maxLength: 500, help: 'Kept in the audit log.' };

/** A button that opens the act's dialog; absent below the role that the act needs. @param {{ act: Act, text: string, main?: boolean, onDone?: (answer: never) => void }} properties */
export function ActButton({ act: asked, text, main, onDone }) {
  const [isOpen, setOpen] = useState(false);
  if (!useApp().may(asked.role)) return null;
  return html`<button class=${main ? 'main' : ''} aria-haspopup="dialog" onClick=${() => setOpen(true)}>${text}</button>
    ${isOpen && html`<${Dialog} asked=${asked} onClose=${() => setOpen(false)} onDone=${onDone} />`}`;
}

/** @param {{ asked: Act, onClose: () => void, onDone?: (answer: never) => void }} properties */
function Dialog({ asked, onClose, onDone }) {
  const app = useApp();
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const [values, setValues] = useState(Object.fromEntries((asked.fields ?? []).map((field) => [field.name, field.value ?? (field.type === 'checkbox' ? false : '')])));
  const [state, setState] = useState({ isBusy: false, error: '', field: '', retryAt: 0, preview: /** @type {unknown} */ (null) });
  const once = useRef(newOnceKey());
  useEffect(() => {
    dialog.current?.showModal();
  }, []);

  const body = () => asked.body?.(values) ?? Object.fromEntries((asked.fields ?? []).filter((field) => values[field.name] !== '').map((field) => [field.name, field.toBody ? field.toBody(values[field.name]) : values[field.name]]));

  // Too many requests, or something is down: tried again as the server says. The same key makes the repeat harmless.
  useEffect(() => {
    if (!state.retryAt) return undefined;
    const timer = setTimeout(attempt, state.retryAt - Date.now());
    return () => clearTimeout(timer);
  }, [state.retryAt]);

  async function attempt() {
    setState({ ...state, isBusy: true, error: '', retryAt: 0 });
    try {
      const answer = /** @type {never} */ (await send(asked.method ?? 'POST', asked.path, body(), once.current));
      app.tell(asked.done(answer), 'good');
      onDone?.(answer);
      // Closing gives the focus back to where it was.
      dialog.current?.close();
    } catch (error) {
      const failed = /** @type {import('../api.js').ApiError} */ (error);
      if (failed.status === 401) app.expired();
      // A refusal did nothing: what is sent next is another request. After a lost answer the same key makes the repeat harmless.
      if (failed.status >= 400 && failed.status < 500 && !failed.isPassing) once.current = newOnceKey();
      const seconds = failed.isPassing ? failed.retryAfterSeconds : undefined;
      setState({ ...state, isBusy: false, error: `${explain(failed)}${seconds ? ` Trying again in ${seconds} s.` : failed.status === 0 ? ' Whether it was done isn’t known: to send it again does no harm.' : ''}`,
        field: failed.field ?? '', retryAt: seconds ? Date.now() + seconds * 1000 : 0 });
    }
  }

  /** @param {Event} event */
  function submit(event) {
    event.preventDefault();
    attempt();
  }

  async function preview() {
    setState({ ...state, isBusy: true, error: '' });
    try {
      setState({ ...state, isBusy: false, error: '', preview: await asked.preview?.(body()) });
    } catch (error) {
      setState({ ...state, isBusy: false, error: /** @type {Error} */ (error).message });
    }
  }

  return html`<dialog ref=${dialog} onClose=${onClose} aria-labelledby="act-title"><form onSubmit=${submit}>
    <h2 id="act-title">${asked.title}</h2>
    <p>${asked.will}</p>
    ${(asked.fields ?? []).map((field) => html`<${Input} key=${field.name} field=${field} value=${values[field.name]} isWrong=${state.field === field.name}
      onValue=${(/** @type {string | boolean} */ value) => setValues((/** @type {typeof values} */ before) => ({ ...before, [field.name]: value }))} />`)}
    ${state.preview && html`<div class="preview" role="status">${state.preview}</div>`}
    ${state.error && html`<p class="error" role="alert">${state.field && html`<b>${state.field}: </b>`}${state.error}</p>`}
    <div class="acts">
      <button type="button" onClick=${() => dialog.current?.close()}>Cancel</button>
      ${asked.preview && html`<button type="button" onClick=${preview} disabled=${state.isBusy}>Preview</button>`}
      <button class=${asked.danger ? 'danger' : 'main'} disabled=${state.isBusy}>${state.isBusy ? 'Working…' : asked.confirm}</button>
    </div>
  </form></dialog>`;
}

/** @param {{ field: Field, value: string | boolean, isWrong: boolean, onValue: (value: string | boolean) => void }} properties */
function Input({ field, value, isWrong, onValue }) {
  const shared = { name: field.name, required: field.required, maxlength: field.maxLength, 'aria-invalid': isWrong || undefined, 'aria-describedby': field.help ? `help-${field.name}` : undefined };
  const changed = (/** @type {{ target: HTMLInputElement }} */ { target }) => onValue(field.type === 'checkbox' ? target.checked : target.value);
  return html`<label class=${field.type === 'checkbox' ? 'check' : ''}><span>${field.label}</span>
    ${field.type === 'textarea' ? html`<textarea rows="2" ...${shared} value=${value} onInput=${changed}></textarea>`
      : field.type === 'select' ? html`<select ...${shared} value=${value} onChange=${changed}>${field.options?.map(([option, text]) => html`<option value=${option} selected=${option === value}>${text}</option>`)}</select>`
      : field.type === 'checkbox' ? html`<input type="checkbox" ...${shared} checked=${value} onChange=${changed} />`
      : html`<input type=${field.type ?? 'text'} ...${shared} value=${value} onInput=${changed} autocomplete="off" />`}
    ${field.help && html`<small id=${`help-${field.name}`}>${field.help}</small>`}
  </label>`;
}
