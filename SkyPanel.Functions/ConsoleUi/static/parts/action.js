// @ts-check
/** The dialog of an action: describes it, asks for its fields, does it once, and shows the result. */
import { html, useEffect, useRef, useState } from '../vendor/htm-preact.js';
import { newIdempotencyKey, send } from '../api.js';
import { explain } from './basics.js';
import { useApp } from '../use.js';

/**
 * @typedef {{ name: string, label: string, type?: 'text' | 'textarea' | 'number' | 'datetime-local' | 'checkbox' | 'select' | 'password', value?: any, required?: boolean, help?: string, options?: [string, string][], maxLength?: number, toBody?: (value: any) => any }} Field
 * @typedef {{ title: string, description: unknown, role: string, fields?: Field[], body?: (values: any, changes: any) => unknown, confirm: string, danger?: boolean, isDryRun?: boolean, preview?: (body: any) => Promise<unknown> }} ActionDialog
 * @typedef {ActionDialog & { method?: string, path: string, done: (answer: never) => string }} Action
 */

/** Defines an action, with the type of its route's answer. @template {string} P @template {'POST' | 'PUT' | 'DELETE'} [M='POST'] @param {ActionDialog & { method?: M, path: P, done: (answer: import('../api.js').Done<P, Lowercase<M>>) => string }} definition @returns {Action} */
export const action = (definition) => definition;

/** The reason that most actions ask for. @type {Field} */
export const REASON = { name: 'reason', label: 'Reason', type: 'textarea', required: true, maxLength: 500, help: 'Kept in the audit log.' };

/** A button that opens the action's dialog; hidden from lower roles than the action needs. @param {{ action: Action, text: string, main?: boolean, onDone?: (answer: never) => void }} properties */
export function ActionButton({ action: definition, text, main, onDone }) {
  // An open dialog keeps its action when the page is refreshed and has another one here.
  const [opened, setOpened] = useState(/** @type {Action | null} */ (null));
  if (!useApp().hasRole(definition.role)) return null;
  return html`<button class=${main ? 'main' : ''} aria-haspopup="dialog" onClick=${() => setOpened(definition)}>${text}</button>
    ${opened && html`<${Dialog} definition=${opened} onClose=${() => setOpened(null)} onDone=${onDone} />`}`;
}

/** @param {{ definition: Action, onClose: () => void, onDone?: (answer: never) => void }} properties */
function Dialog({ definition, onClose, onDone }) {
  const app = useApp();
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const fields = definition.fields ?? [];
  const [initial] = useState(Object.fromEntries(fields.map((field) => [field.name, field.value ?? (field.type === 'checkbox' ? false : '')])));
  const [values, setValues] = useState(initial);
  const [state, setState] = useState({ isBusy: false, isInDoubt: false, error: '', field: '', retryAt: 0, preview: /** @type {unknown} */ (null) });
  const key = useRef(newIdempotencyKey());
  const edits = useRef(0);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);

  const valuesOf = (/** @type {(field: Field) => boolean} */ isMeant) => Object.fromEntries(fields.filter(isMeant).map((field) => [field.name, field.toBody ? field.toBody(values[field.name]) : values[field.name]]));
  const body = () => definition.body?.(values, valuesOf((field) => String(values[field.name]) !== String(initial[field.name]))) ?? valuesOf((field) => values[field.name] !== '');

  // After a transient failure the request is repeated when the server says so, safely with the same key.
  useEffect(() => {
    if (!state.retryAt) return undefined;
    const timer = setTimeout(attempt, state.retryAt - Date.now());
    return () => clearTimeout(timer);
  }, [state.retryAt]);

  /** @param {Field} field @param {string | boolean} value */
  function edit(field, value) {
    edits.current++;
    setValues((/** @type {typeof values} */ before) => ({ ...before, [field.name]: value }));
    // A preview and a pending retry were of the previous input.
    setState((/** @type {typeof state} */ before) => ({ ...before, error: '', field: '', retryAt: 0, preview: null }));
  }

  async function attempt() {
    const [edited, sent] = [edits.current, values];
    setState({ ...state, isBusy: true, error: '', retryAt: 0 });
    try {
      const answer = await send(definition.method ?? 'POST', definition.path, body(), key.current);
      // A run that is held or failed is an answer too.
      app.notify(definition.done(/** @type {never} */ (answer)), answer?.success === false ? 'bad' : 'good');
      onDone?.(/** @type {never} */ (answer));
      // Closing returns the focus to the button.
      dialog.current?.close();
    } catch (error) {
      const failed = /** @type {import('../api.js').ApiError} */ (error);
      if (failed.status === 401) app.expired();
      // A refused request changed nothing, so the next one gets a new key. After a lost answer the key stays, so that a repeat is safe.
      if (failed.status >= 400 && failed.status < 500 && !failed.isTransient) key.current = newIdempotencyKey();
      // It may have been done, so only the same may be sent again: anything else would be a second act.
      const isInDoubt = !definition.isDryRun && (failed.status === 0 || failed.status >= 500 || (state.isInDoubt && failed.isTransient));
      if (isInDoubt) setValues(sent);
      const seconds = failed.isTransient && (isInDoubt || edits.current === edited) ? failed.retryAfterSeconds : undefined;
      setState((/** @type {typeof state} */ now) => ({ ...now, isBusy: false, isInDoubt, field: failed.field ?? '', retryAt: seconds ? Date.now() + seconds * 1000 : 0,
        error: `${explain(failed)}${isInDoubt ? ' It may or may not have been done; sending it again is safe.' : ''}${seconds ? ` Trying again in ${seconds} s.` : ''}` }));
    }
  }

  /** @param {Event} event */
  function submit(event) {
    event.preventDefault();
    attempt();
  }

  async function preview() {
    const edited = edits.current;
    setState({ ...state, isBusy: true, error: '', retryAt: 0 });
    try {
      const shown = await definition.preview?.(body());
      setState((/** @type {typeof state} */ now) => ({ ...now, isBusy: false, preview: edits.current === edited ? shown : null }));
    } catch (error) {
      setState((/** @type {typeof state} */ now) => ({ ...now, isBusy: false, error: /** @type {Error} */ (error).message }));
    }
  }

  return html`<dialog ref=${dialog} onClose=${onClose} aria-labelledby="action-title"><form onSubmit=${submit}>
    <h2 id="action-title">${definition.title}</h2>
    <p>${definition.description}</p>
    ${fields.map((field) => html`<${Input} key=${field.name} field=${field} value=${values[field.name]} isWrong=${state.field === field.name} isDisabled=${state.isInDoubt}
      onValue=${(/** @type {string | boolean} */ value) => edit(field, value)} />`)}
    ${state.preview && html`<div class="preview" role="status">${state.preview}</div>`}
    ${state.error && html`<p class="error" role="alert">${state.field && html`<b>${state.field}: </b>`}${state.error}</p>`}
    <div class="actions">
      <button type="button" onClick=${() => dialog.current?.close()}>Cancel</button>
      ${definition.preview && html`<button type="button" onClick=${preview} disabled=${state.isBusy || state.isInDoubt}>Preview</button>`}
      <button class=${definition.danger ? 'danger' : 'main'} disabled=${state.isBusy}>${state.isBusy ? 'Working…' : state.isInDoubt ? 'Send again' : definition.confirm}</button>
    </div>
  </form></dialog>`;
}

/** @param {{ field: Field, value: string | boolean, isWrong: boolean, isDisabled: boolean, onValue: (value: string | boolean) => void }} properties */
function Input({ field, value, isWrong, isDisabled, onValue }) {
  const shared = { name: field.name, disabled: isDisabled, required: field.required, maxlength: field.maxLength, 'aria-invalid': isWrong || undefined, 'aria-describedby': field.help ? `help-${field.name}` : undefined };
  const changed = (/** @type {{ target: HTMLInputElement }} */ { target }) => onValue(field.type === 'checkbox' ? target.checked : target.value);
  return html`<label class=${field.type === 'checkbox' ? 'check' : ''}><span>${field.label}</span>
    ${field.type === 'textarea' ? html`<textarea rows="2" ...${shared} value=${value} onInput=${changed}></textarea>`
      : field.type === 'select' ? html`<select ...${shared} value=${value} onChange=${changed}>${field.options?.map(([option, text]) => html`<option value=${option} selected=${option === value}>${text}</option>`)}</select>`
      : field.type === 'checkbox' ? html`<input type="checkbox" ...${shared} checked=${value} onChange=${changed} />`
      : html`<input type=${field.type ?? 'text'} ...${shared} value=${value} onInput=${changed} autocomplete="off" />`}
    ${field.help && html`<small id=${`help-${field.name}`}>${field.help}</small>`}
  </label>`;
}
