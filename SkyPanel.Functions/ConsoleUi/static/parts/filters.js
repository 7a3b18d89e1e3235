// @ts-check
import { html, useEffect, useState } from '../vendor/htm-preact.js';
import { setQuery } from '../router.js';

/**
 * A filter of a list, stored in the address.
 * @typedef {{ name: string, label: string, options?: [string, string][], type?: string, placeholder?: string }} Filter
 */

/** @param {{ filters: Filter[], query: Record<string, string> }} properties */
export const Filters = ({ filters, query }) => html`<form class="filters" role="search" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
  ${filters.map((filter) => html`<label key=${filter.name}><span>${filter.label}</span>${filter.options
    ? html`<select value=${query[filter.name] ?? ''} onChange=${(/** @type {{ target: HTMLInputElement }} */ { target }) => setQuery({ [filter.name]: target.value })}>
        ${filter.options.map(([value, text]) => html`<option value=${value} selected=${(query[filter.name] ?? '') === value}>${text}</option>`)}
      </select>`
    : html`<${Field} filter=${filter} value=${query[filter.name] ?? ''} />`}</label>`)}
</form>`;

/** Keeps what is being typed until it is complete. @param {{ filter: Filter, value: string }} properties */
function Field({ filter, value }) {
  const [draft, setDraft] = useState(value);
  useEffect(() => {
    setDraft(value);
  }, [value]);
  return html`<input type=${filter.type ?? 'text'} value=${draft} placeholder=${filter.placeholder ?? ''} onInput=${(/** @type {{ target: HTMLInputElement }} */ { target }) => setDraft(target.value)}
    onChange=${(/** @type {{ target: HTMLInputElement }} */ { target }) => setQuery({ [filter.name]: target.value.trim() })} />`;
}
