// @ts-check
import { html } from '../../vendor/htm-preact.js';
import { number } from '../../format.js';
import { ActButton, REASON } from '../../parts/act.js';
import { Card, CustomerLink, Loaded, Money, ServerLink, Tag, When } from '../../parts/basics.js';
import { Table } from '../../parts/table.js';
import { useLoad } from '../../use.js';

/** @param {any} hold @param {'approve' | 'reject'} act @returns {import('../../parts/act.js').Act} */
const decide = (hold, act) => ({
  title: `${act === 'approve' ? 'Approve' : 'Reject'} the suspension of ${number(hold.userIds.length)} customers`,
  will: act === 'approve' ? 'Those that are still due within a day are suspended.' : 'They are left alone until they had money once.',
  path: `/api/admin/customers/suspensions/holds/${hold.id}/${act}`, role: 'operator', fields: [REASON], confirm: act === 'approve' ? 'Approve' : 'Reject', danger: act === 'approve', done: (answer) => `The suspensions are ${answer.state}.`,
});

/** Suspensions that are too many for one run, and who is overdue. */
export function Suspensions() {
  const list = useLoad('/api/admin/customers/suspensions', { preview: true });
  return html`<${Card} name="Customers without money"><${Loaded} of=${list}>${(/** @type {any} */ data) => html`
    ${data.hold?.state === 'open' && html`<div class="banner warn"><p class="grow">${number(data.hold.userIds.length)} customers wait for a decision: ${data.hold.reason} <small><${When} at=${data.hold.createdAt} age /></small></p>
      <${ActButton} act=${decide(data.hold, 'approve')} text="Approve suspension…" onDone=${list.again} /><${ActButton} act=${decide(data.hold, 'reject')} text="Reject suspension…" onDone=${list.again} /></div>`}
    <${Table} caption="Overdue customers" empty=${data.enabled ? 'Nobody is overdue.' : 'The policy of suspensions is off, and nobody is overdue.'} rows=${data.preview} rowKey=${(/** @type {any} */ row) => row.userId} columns=${[
      { name: 'Customer', cell: (/** @type {any} */ row) => html`<${CustomerLink} id=${row.userId} name=${row.name} />` },
      { name: 'Available', isFigure: true, cell: (/** @type {any} */ row) => html`<${Money} amount=${row.available} />` },
      { name: 'Overdue since', cell: (/** @type {any} */ row) => html`<${When} at=${row.overdueSince} age />` },
      { name: 'Due', cell: (/** @type {any} */ row) => html`<${When} at=${row.dueAt} age />` },
      { name: 'Servers', cell: (/** @type {any} */ row) => row.servers.map((/** @type {number} */ id) => html`<${ServerLink} key=${id} id=${id} /> `) },
      { name: 'Would be suspended', cell: (/** @type {any} */ row) => html`<${Tag} state=${row.wouldBeSuspended ? 'due' : ''} text=${row.wouldBeSuspended ? 'yes' : 'no'} /> ${row.obstacle}` },
    ]} />`}<//><//>`;
}
