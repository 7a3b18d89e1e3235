// @ts-check
/** @import { Schema } from '../../api.js' */
import { html } from '../../vendor/htm-preact.js';
import { postQuery } from '../../api.js';
import { action, ActionButton } from '../../parts/action.js';
import { Card, loaded, Tag, When } from '../../parts/basics.js';
import { table } from '../../parts/table.js';
import { useLoad } from '../../use.js';

const PATH = '/api/admin/customers/templates';

/** @param {Schema<'TemplateAnswer'>} one */
const change = (one) => action({
  title: `Text of ${one.key.replaceAll('_', ' ')} (${one.language})`,
  description: html`Stored in place of the built-in one. Placeholders: ${one.placeholders.map((name) => html`<code key=${name}>{{${name}}}</code> `)}`,
  method: 'PUT', path: `${PATH}/${one.key}?language=${one.language}`, role: 'admin', confirm: 'Store',
  fields: [
    { name: 'subject', label: 'Subject', value: one.subject, required: true, maxLength: 200 }, { name: 'text', label: 'Plain text', type: 'textarea', value: one.text, required: true, maxLength: 10_000 },
    { name: 'html', label: 'HTML of the mail', type: 'textarea', value: one.html, required: true, maxLength: 20_000 },
  ],
  preview: async (body) => {
    const shown = await postQuery(`${PATH}/${one.key}/preview?language=${one.language}`, body);
    return html`<p><b>${shown.subject}</b></p><pre>${shown.text}</pre><details><summary>HTML</summary><pre>${shown.html}</pre></details>`;
  },
  done: () => `The text of ${one.key.replaceAll('_', ' ')} is stored.`,
});

/** The texts of notices, each with a preview. */
export function Templates() {
  const list = useLoad(PATH, undefined, { refresh: false });
  return html`<${Card} name="Texts of notices">${loaded(list, (data) => table({ caption: 'Texts of notices', empty: 'There are none.', rows: data.templates, rowKey: (row) => `${row.key}-${row.language}`, columns: [
    { name: 'About', cell: (row) => html`${row.key.replaceAll('_', ' ')} <small>${row.language}</small>` },
    { name: 'Subject', cell: (row) => row.subject },
    { name: 'From', cell: (row) => (row.isBuiltIn ? html`<${Tag} state="" text="built in" />` : html`<${When} at=${row.updatedAt} /> <small>${row.updatedBy}</small>`) },
    { name: 'Actions', cell: (row) => html`<div class="actions left"><${ActionButton} action=${change(row)} text="Change text…" onDone=${list.reload} />
      ${!row.isBuiltIn && html`<${ActionButton} text="Back to built-in…" onDone=${list.reload} action=${{ title: `Remove the text of ${row.key}`, description: 'The built-in or the English text is used again.', method: 'DELETE', path: `${PATH}/${row.key}?language=${row.language}`, role: 'admin', confirm: 'Remove', danger: true, done: () => 'The built-in text is used again.' }} />`}</div>` },
  ] }))}<//>`;
}
