// @ts-check
/** @import { Schema } from '../../api.js' */
import { html } from '../../vendor/htm-preact.js';
import { Card, loaded, Tag } from '../../parts/basics.js';
import { table } from '../../parts/table.js';
import { useLoad } from '../../use.js';
import { Books } from './books.js';

const WORST_FIRST = ['failing', 'warning', 'off', 'ok'];

/** @param {readonly Schema<'Finding'>[]} findings @returns {[string, string, string]} */
function summary(findings) {
  if (findings.some((one) => one.state === 'failing')) return ['bad', 'failing', 'Something fails, or waits for a person.'];
  if (findings.some((one) => one.state === 'warning')) return ['warn', 'warning', 'Everything works, but not all of it as it should.'];
  return ['good', 'ok', 'Everything was checked and works, and nothing waits for a person.'];
}

/** Shows the doctor's findings, worst first, each with advice. */
export function Doctor() {
  const doctor = useLoad('/api/admin/doctor', undefined, { refresh: false });
  return html`<h1>Doctor</h1>${loaded(doctor, (data) => {
    const [kind, word, sentence] = summary(data.findings);
    return html`<div class=${`banner ${kind}`}><span class=${`tag ${kind}`}>${word}</span><p class="grow">${sentence}</p><button onClick=${doctor.reload}>Check again</button></div>
    <${Card} name="Findings">${table({ caption: 'Findings', empty: '', rows: [...data.findings].sort((a, b) => WORST_FIRST.indexOf(a.state) - WORST_FIRST.indexOf(b.state)), rowKey: (row) => row.name, columns: [
        { name: 'State', cell: (row) => html`<${Tag} state=${row.state} />` },
        { name: 'What', cell: (row) => html`<b>${row.name}</b> ${row.message}` },
        { name: 'What to do', cell: (row) => row.advice },
      ] })}<//>`;
  })}<${Books} />`;
}
