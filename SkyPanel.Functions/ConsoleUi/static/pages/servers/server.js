// @ts-check
import { html } from '../../vendor/htm-preact.js';
import { addMonths, money, monthOf, number } from '../../format.js';
import { Card, Figure, Loaded, When } from '../../parts/basics.js';
import { Table } from '../../parts/table.js';
import { link, setQuery } from '../../router.js';
import { useApp, useLoad } from '../../use.js';
import { Explanation } from './explanation.js';
import { HeatMap } from './heatMap.js';

/** Shows a server's month as a heat map of hours, each explained one click away. @param {{ ids: string[], query: Record<string, string> }} properties */
export function Server({ ids: [id], query }) {
  const month = query.month ?? monthOf(new Date());
  const charges = useLoad(`/api/admin/billing/servers/${id}/charges`, { month });
  const hour = query.hour ?? null;
  const choose = (/** @type {string} */ chosen) => setQuery({ hour: chosen });
  return html`<h1>Server ${id}</h1>
    <p class="acts left"><a href=${link(['servers', id], { month: addMonths(month, -1) })}>Earlier</a><b>${month}</b>${month < monthOf(new Date()) && html`<a href=${link(['servers', id], { month: addMonths(month, 1) })}>Later</a>`}</p>
    <${Loaded} of=${charges}>${(/** @type {any} */ data) => html`<${Figures} data=${data} />
      <div class="two wide"><${Card} name="Each hour, in cents"><${HeatMap} month=${month} data=${data} chosen=${hour} onChoose=${choose} /><//>
        ${hour ? html`<${Explanation} serverId=${id} hour=${hour} again=${charges.again} />` : html`<${Card} name="An hour explained"><p class="muted">Choose an hour to see why it cost what it did.</p><//>`}</div>
      <${Spells} spells=${data.spells} />`}<//>`;
}

/** @param {{ data: any }} properties */
function Figures({ data }) {
  const { currency } = useApp();
  const prices = [...new Map(data.charges.map((/** @type {any} */ one) => [`${one.price}/${one.basisHours}`, one])).values()];
  return html`<div class="row">
    <${Figure} name=${data.month} value=${money(data.net, currency)} note=${`gross ${money(data.gross, currency)} · corrections ${money(data.corrections, currency)}`} />
    <${Figure} name="Hours charged" value=${number(data.charges.length)} note=${`${number(data.secondsBilled)} seconds`} />
    <${Figure} name=${prices.length > 1 ? 'Prices' : 'Price'} value=${prices.map((/** @type {any} */ one) => money(one.price, currency)).join(', ') || '–'} note=${prices.map((/** @type {any} */ one) => (one.isMonthlyPrice ? `a month of ${one.basisHours} h` : 'an hour')).join(', ')} />
  </div>`;
}

/** @param {{ spells: any[] }} properties */
const Spells = ({ spells }) => html`<${Card} name="What was seen"><${Table} caption="Observed spells" empty="Nothing was seen in this month." rows=${spells} rowKey=${(/** @type {any} */ row) => row.startedAt} columns=${[
  { name: 'From', cell: (/** @type {any} */ row) => html`<${When} at=${row.startedAt} />` },
  { name: 'Until', cell: (/** @type {any} */ row) => html`<${When} at=${row.seenUntil} />` },
  { name: 'Seen as', cell: (/** @type {any} */ row) => (row.isBillable ? 'billable' : !row.isExisting ? 'gone' : row.isSuspended ? 'suspended' : !row.isBuilt ? 'not built' : 'billing disabled') },
  { name: 'Evidence', cell: (/** @type {any} */ row) => row.evidence },
]} /><//>`;
