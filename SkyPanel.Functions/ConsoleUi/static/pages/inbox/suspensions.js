// @ts-check
/** @import { Schema } from '../../api.js' */
import { html } from '../../vendor/htm-preact.js';
import { number } from '../../format.js';
import { action, ActionButton, REASON } from '../../parts/action.js';
import { Card, CustomerLink, loaded, Money, ServerLink, Tag, When } from '../../parts/basics.js';
import { table } from '../../parts/table.js';
import { useLoad } from '../../use.js';

/** @param {Schema<'SuspensionHold'>} hold @param {'approve' | 'reject'} decision */
const decide = (hold, decision) => action({
  title: `${decision === 'approve' ? 'Approve' : 'Reject'} the suspension of ${number(hold.userIds.length)} customers`,
  description: decision === 'approve' ? 'Accounts that are due within a day of the approval are suspended.' : 'They are not suspended until they have had money again.',
  path: `/api/admin/customers/suspensions/holds/${hold.id}/${decision}`, role: 'operator', fields: [REASON], confirm: decision === 'approve' ? 'Approve' : 'Reject', danger: decision === 'approve', done: (answer) => `The suspensions are ${answer.state}.`,
});

/** Suspensions that are too many for one run, and overdue customers. */
export function Suspensions() {
  const list = useLoad('/api/admin/customers/suspensions', { preview: true });
  return html`<${Card} name="Customers without money">${loaded(list, (data) => html`
    ${data.hold?.state === 'open' && html`<div class="banner warn"><p class="grow">${number(data.hold.userIds.length)} customers wait for a decision: ${data.hold.reason} <small><${When} at=${data.hold.createdAt} age /></small></p>
      <${ActionButton} action=${decide(data.hold, 'approve')} text="Approve suspension…" onDone=${list.reload} /><${ActionButton} action=${decide(data.hold, 'reject')} text="Reject suspension…" onDone=${list.reload} /></div>`}
    ${table({ caption: 'Overdue customers', empty: data.enabled ? 'Nobody is overdue.' : 'Suspension is off, and nobody is overdue.', rows: data.preview, rowKey: (row) => row.userId, columns: [
      { name: 'Customer', cell: (row) => html`<${CustomerLink} id=${row.userId} name=${row.name} />` },
      { name: 'Available', isFigure: true, cell: (row) => html`<${Money} amount=${row.available} />` },
      { name: 'Overdue since', cell: (row) => html`<${When} at=${row.overdueSince} age />` },
      { name: 'Due', cell: (row) => html`<${When} at=${row.dueAt} age />` },
      { name: 'Servers', cell: (row) => row.servers.map((/** @type {number} */ id) => html`<${ServerLink} key=${id} id=${id} /> `) },
      { name: 'Would be suspended', cell: (row) => html`<${Tag} state=${row.wouldBeSuspended ? 'due' : ''} text=${row.wouldBeSuspended ? 'yes' : 'no'} /> ${row.obstacle}` },
    ] })}`)}<//>`;
}
