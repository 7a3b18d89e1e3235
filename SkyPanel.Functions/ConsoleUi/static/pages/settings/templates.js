// @ts-check
/** @import { Schema } from '../../api.js' */
import { html } from '../../vendor/htm-preact.js';
import { ask } from '../../api.js';
import { act, ActButton } from '../../parts/act.js';
import { Card, loaded, Tag, When } from '../../parts/basics.js';
import { table } from '../../parts/table.js';
import { useLoad } from '../../use.js';

const PATH = '/api/admin/customers/templates';

/** @param {Schema<'TemplateAnswer'>} one */
const change = (one) => act({
  title: `Text of ${one.key.replaceAll('_', ' ')} (${one.language})`,
  will: html`Stored in place of the built-in one. Placeholders: ${one.placeholders.map((name) => html`<code key=${name}>{{${name}}}</code> `)}`,
  method: 'PUT', path: `${PATH}/${one.key}?language=${one.language}`, role: 'admin', confirm: 'Store',
  fields: [
    { name: 'subject', label: 'Subject', value: one.subject, required: true, maxLength: 200 }, { name: 'text', label: 'Plain text', type: 'textarea', value: one.text, required: true, maxLength: 10_000 },
    { name: 'html', label: 'HTML of the mail', type: 'textarea', value: one.html, required: true, maxLength: 20_000 },
  ],
  preview: async (body) => {
    const shown = await ask(`${PATH}/${one.key}/preview?language=${one.language}`, body);
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
    { name: 'Acts', cell: (row) => html`<div class="acts left"><${ActButton} act=${change(row)} text="Change text…" onDone=${list.again} />
      ${!row.isBuiltIn && html`<${ActButton} text="Back to built-in…" onDone=${list.again} act=${{ title: `Forget the text of ${row.key}`, will: 'The built-in one, or the English one, is sent again.', method: 'DELETE', path: `${PATH}/${row.key}?language=${row.language}`, role: 'admin', confirm: 'Forget', danger: true, done: () => 'The built-in text counts again.' }} />`}</div>` },
  ] }))}<//>`;
}
