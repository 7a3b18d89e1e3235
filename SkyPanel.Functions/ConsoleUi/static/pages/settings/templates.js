// @ts-check
import { html } from '../../vendor/htm-preact.js';
import { send } from '../../api.js';
import { ActButton } from '../../parts/act.js';
import { Card, Loaded, Tag, When } from '../../parts/basics.js';
import { Table } from '../../parts/table.js';
import { useLoad } from '../../use.js';

const PATH = '/api/admin/customers/templates';

/** @param {any} one @returns {import('../../parts/act.js').Act} */
const change = (one) => ({
  title: `Text of ${one.key.replaceAll('_', ' ')} (${one.language})`,
  will: html`Stored in place of the built-in one. Placeholders: ${one.placeholders.map((/** @type {string} */ name) => html`<code key=${name}>{{${name}}}</code> `)}`,
  method: 'PUT', path: `${PATH}/${one.key}?language=${one.language}`, role: 'admin', confirm: 'Store',
  fields: [
    { name: 'subject', label: 'Subject', value: one.subject, required: true, maxLength: 200 }, { name: 'text', label: 'Plain text', type: 'textarea', value: one.text, required: true, maxLength: 10_000 },
    { name: 'html', label: 'HTML of the mail', type: 'textarea', value: one.html, required: true, maxLength: 20_000 },
  ],
  preview: async (body) => {
    const shown = await send('POST', `${PATH}/${one.key}/preview?language=${one.language}`, body);
    return html`<p><b>${shown.subject}</b></p><pre>${shown.text}</pre><details><summary>HTML</summary><pre>${shown.html}</pre></details>`;
  },
  done: () => `The text of ${one.key.replaceAll('_', ' ')} is stored.`,
});

/** The texts of notices, each with a preview. */
export function Templates() {
  const list = useLoad(PATH, undefined, { refresh: false });
  return html`<${Card} name="Texts of notices"><${Loaded} of=${list}>${(/** @type {any} */ data) => html`<${Table} caption="Texts of notices" empty="There are none." rows=${data.templates} rowKey=${(/** @type {any} */ row) => `${row.key}-${row.language}`} columns=${[
    { name: 'About', cell: (/** @type {any} */ row) => html`${row.key.replaceAll('_', ' ')} <small>${row.language}</small>` },
    { name: 'Subject', cell: (/** @type {any} */ row) => row.subject },
    { name: 'From', cell: (/** @type {any} */ row) => (row.isBuiltIn ? html`<${Tag} state="" text="built in" />` : html`<${When} at=${row.updatedAt} /> <small>${row.updatedBy}</small>`) },
    { name: 'Acts', cell: (/** @type {any} */ row) => html`<div class="acts left"><${ActButton} act=${change(row)} text="Change text…" onDone=${list.again} />
      ${!row.isBuiltIn && html`<${ActButton} text="Back to built-in…" onDone=${list.again} act=${{ title: `Forget the text of ${row.key}`, will: 'The built-in one, or the English one, is sent again.', method: 'DELETE', path: `${PATH}/${row.key}?language=${row.language}`, role: 'admin', confirm: 'Forget', danger: true, done: () => 'The built-in text counts again.' }} />`}</div>` },
  ]} />`}<//><//>`;
}
