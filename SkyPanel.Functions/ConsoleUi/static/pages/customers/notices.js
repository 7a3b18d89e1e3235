// @ts-check
/** @import { Schema } from '../../api.js' */
import { html } from '../../vendor/htm-preact.js';
import { action, ActionButton, REASON } from '../../parts/action.js';
import { Card, loaded, Tag, When } from '../../parts/basics.js';
import { More, table } from '../../parts/table.js';
import { usePages } from '../../use.js';

/** @param {Schema<'Notice'>} notice */
const redeliver = (notice) => action({
  title: `Send notice ${notice.id} again`, description: 'The notice keeps its id, so that a receiver recognises a repeat.', path: `/api/admin/customers/notices/${notice.id}/redeliver`, role: 'operator', confirm: 'Send again',
  fields: [{ name: 'channel', label: 'By', type: 'select', value: '', options: [['', 'each channel that discarded it'], ['panel', 'the panel'], ['mail', 'mail'], ['webhook', 'webhooks']] }, REASON],
  done: (answer) => `Notice ${answer.id} is sent again.`,
});

/** Lists the notices to a customer with their deliveries. @param {{ userId: string }} properties */
export function Notices({ userId }) {
  const list = usePages('/api/admin/customers/notices', { userId, limit: 20 }, 'notices');
  return html`<${Card} name="Notices">${loaded(list, () => html`${table({ caption: 'Notices', empty: 'No notice yet.', rows: list.rows, rowKey: (row) => row.id, columns: [
    { name: 'Notice', cell: (row) => html`${row.id} ${row.cause.replaceAll('_', ' ')}` },
    { name: 'When', cell: (row) => html`<${When} at=${row.createdAt} />` },
    { name: 'Deliveries', cell: (row) => (row.silencedReason ? html`<${Tag} state="" text="silenced" /> ${row.silencedReason}`
      : row.deliveries.map((one) => html`<p key=${`${one.channel}-${one.endpointId}-${one.round}`}>${one.channel} <${Tag} state=${one.state} /> <small>${one.message}</small></p>`)) },
    { name: 'Actions', cell: (row) => html`<${ActionButton} action=${redeliver(row)} text="Send again…" onDone=${list.reload} />` },
  ] })}<${More} list=${list} />`)}<//>`;
}
