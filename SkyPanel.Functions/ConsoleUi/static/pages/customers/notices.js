// @ts-check
import { html } from '../../vendor/htm-preact.js';
import { ActButton, REASON } from '../../parts/act.js';
import { Card, Loaded, Tag, When } from '../../parts/basics.js';
import { More, Table } from '../../parts/table.js';
import { usePages } from '../../use.js';

/** @param {any} notice @returns {import('../../parts/act.js').Act} */
const redeliver = (notice) => ({
  title: `Send notice ${notice.id} again`, will: 'Its id stays the same, so that a receiver recognises what it has already.', path: `/api/admin/customers/notices/${notice.id}/redeliver`, role: 'operator', confirm: 'Send again',
  fields: [{ name: 'channel', label: 'By', type: 'select', value: '', options: [['', 'what discarded it'], ['panel', 'the panel'], ['mail', 'mail'], ['webhook', 'webhooks']] }, REASON],
  done: (answer) => `Notice ${answer.id} is sent again.`,
});

/** What was sent to a customer, and what became of it. @param {{ userId: string }} properties */
export function Notices({ userId }) {
  const list = usePages('/api/admin/customers/notices', { userId, limit: 20 }, 'notices');
  return html`<${Card} name="Notices"><${Loaded} of=${list}>${() => html`<${Table} caption="Notices" empty="No notice yet." rows=${list.rows} rowKey=${(/** @type {any} */ row) => row.id} columns=${[
    { name: 'Notice', cell: (/** @type {any} */ row) => html`${row.id} ${row.cause.replaceAll('_', ' ')}` },
    { name: 'When', cell: (/** @type {any} */ row) => html`<${When} at=${row.createdAt} />` },
    { name: 'Deliveries', cell: (/** @type {any} */ row) => (row.silencedReason ? html`<${Tag} state="" text="silenced" /> ${row.silencedReason}`
      : row.deliveries.map((/** @type {any} */ one) => html`<p key=${`${one.channel}-${one.endpointId}-${one.round}`}>${one.channel} <${Tag} state=${one.state} /> <small>${one.message}</small></p>`)) },
    { name: 'Acts', cell: (/** @type {any} */ row) => html`<${ActButton} act=${redeliver(row)} text="Send again…" onDone=${list.again} />` },
  ]} /><${More} list=${list} />`}<//><//>`;
}
