// @ts-check
/** @import { Schema } from '../../api.js' */
import { html } from '../../vendor/htm-preact.js';
import { addMonths, money, monthOf, number } from '../../format.js';
import { Card, CustomerLink, Figure, loaded, Money, Tag, When } from '../../parts/basics.js';
import { table } from '../../parts/table.js';
import { link, setQuery } from '../../router.js';
import { useApp, useLoad } from '../../use.js';
import { Explanation } from './explanation.js';
import { HeatMap } from './heatMap.js';

/** Shows a server's month as a heat map of its hours, each with an explanation. @param {{ ids: string[], query: Record<string, string> }} properties */
export function Server({ ids: [id], query }) {
  const month = query.month ?? monthOf(new Date());
  const charges = useLoad(`/api/admin/billing/servers/${id}/charges`, { month });
  const corrections = useLoad(`/api/admin/billing/servers/${id}/corrections`);
  const hour = query.hour ?? null;
  const reload = () => { charges.reload(); corrections.reload(); };
  const choose = (/** @type {string} */ chosen) => setQuery({ hour: chosen });
  return html`<h1>Server ${id}</h1>
    <p class="actions left"><a href=${link(['servers', id], { month: addMonths(month, -1) })}>Earlier</a><b>${month}</b>${month < monthOf(new Date()) && html`<a href=${link(['servers', id], { month: addMonths(month, 1) })}>Later</a>`}</p>
    ${loaded(charges, (data) => html`<${Figures} data=${data} />
      <div class="two wide"><${Card} name="Each hour, in cents"><${HeatMap} month=${month} data=${data} corrections=${corrections.data?.adjustments ?? []} chosen=${hour} onChoose=${choose} /><//>
        ${hour ? html`<${Explanation} serverId=${id} hour=${hour} reload=${reload} />` : html`<${Card} name="An hour explained"><p class="muted">Choose an hour to see why it cost what it did.</p><//>`}</div>
      <${Spells} spells=${data.spells} />`)}
    ${loaded(corrections, (data) => data.adjustments.length > 0 && html`<${Corrections} rows=${data.adjustments} />`)}`;
}

/** @param {{ data: Schema<'ServerCharges'> }} properties */
function Figures({ data }) {
  const { currency } = useApp();
  const prices = [...new Map(data.charges.map((one) => [`${one.price}/${one.basisHours}`, one])).values()];
  return html`<div class="row">
    <${Figure} name=${data.month} value=${money(data.net, currency)} note=${`gross ${money(data.gross, currency)} · corrections ${money(data.corrections, currency)}`} />
    <${Figure} name="Hours charged" value=${number(data.charges.length)} note=${`${number(data.secondsBilled)} seconds`} />
    <${Figure} name=${prices.length > 1 ? 'Prices' : 'Price'} value=${prices.map((one) => money(one.price, currency)).join(', ') || '–'} note=${prices.map((one) => (one.isMonthlyPrice ? `a month of ${one.basisHours} h` : 'an hour')).join(', ')} />
  </div>`;
}

/** @param {{ spells: Schema<'Spell'>[] }} properties */
const Spells = ({ spells }) => html`<${Card} name="Observations">${table({ caption: 'Observed spells', empty: 'Nothing was observed in this month.', rows: spells, rowKey: (row) => row.startedAt ?? '', columns: [
  { name: 'From', cell: (row) => html`<${When} at=${row.startedAt} />` },
  { name: 'Until', cell: (row) => html`<${When} at=${row.seenUntil} />` },
  { name: 'Observed as', cell: (row) => (row.isBillable ? 'billable' : !row.isExisting ? 'gone' : row.isSuspended ? 'suspended' : !row.isBuilt ? 'not built' : 'billing disabled') },
  { name: 'Evidence', cell: (row) => row.evidence },
] })}<//>`;

/** @param {{ rows: Schema<'Adjustment'>[] }} properties */
const Corrections = ({ rows }) => html`<${Card} name="Corrections">${table({ caption: 'Corrections', empty: '', rows, rowKey: (row) => row.id ?? 0, columns: [
  { name: 'What', cell: (row) => html`<${Tag} state="" text=${row.kind.replaceAll('_', ' ')} /> ${row.id}` },
  { name: 'Of the hours from', cell: (row) => html`<${When} at=${row.fromHour} />` },
  { name: 'Until', cell: (row) => html`<${When} at=${row.untilHour} />` },
  { name: 'Customer', cell: (row) => html`<${CustomerLink} id=${row.userId} />` },
  { name: 'Amount', isFigure: true, cell: (row) => html`<${Money} amount=${row.amount} />` },
] })}<//>`;
