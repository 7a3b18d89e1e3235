// @ts-check
import { html } from '../../vendor/htm-preact.js';
import { Card, Loaded, Tag } from '../../parts/basics.js';
import { Table } from '../../parts/table.js';
import { useLoad } from '../../use.js';

const WORST_FIRST = ['failing', 'warning', 'off', 'ok'];

/** Shows the doctor's findings, worst first, each with what to do. */
export function Doctor() {
  const doctor = useLoad('/api/admin/doctor', undefined, { refresh: false });
  return html`<h1>Doctor</h1><${Loaded} of=${doctor}>${(/** @type {any} */ data) => html`
    <div class=${`banner ${data.ok ? 'good' : 'bad'}`}><${Tag} state=${data.ok ? 'ok' : 'failing'} text=${data.ok ? 'well' : 'not well'} /><p class="grow">${data.ok ? 'Everything that the app relies on was looked at, and works.' : 'Something that the app relies on is broken.'}</p><button onClick=${doctor.again}>Look again</button></div>
    <${Card} name="Findings"><${Table} caption="Findings" empty="" rowKey=${(/** @type {any} */ row) => row.name}
      rows=${[...data.findings].sort((a, b) => WORST_FIRST.indexOf(a.state) - WORST_FIRST.indexOf(b.state))} columns=${[
        { name: 'State', cell: (/** @type {any} */ row) => html`<${Tag} state=${row.state} />` },
        { name: 'What', cell: (/** @type {any} */ row) => html`<b>${row.name}</b> ${row.message}` },
        { name: 'What to do', cell: (/** @type {any} */ row) => row.advice },
      ]} /><//>`}<//>`;
}
