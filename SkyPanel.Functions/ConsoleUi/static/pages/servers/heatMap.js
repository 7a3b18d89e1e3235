// @ts-check
/** @import { Schema } from '../../api.js' */
import { html } from '../../vendor/htm-preact.js';
import { sum } from '../../amounts.js';
import { two } from '../../format.js';

const HOURS = [...Array(24).keys()];
const SHADES = ['a', 'b', 'c', 'd'];

/** A month as a table: a row per day, a cell per hour with its amount in cents. @param {{ month: string, data: Schema<'ServerCharges'>, corrections: Schema<'Adjustment'>[], chosen: string | null, onChoose: (hour: string) => void }} properties */
export function HeatMap({ month, data, corrections, chosen, onChoose }) {
  const byHour = new Map(data.charges.map((charge) => [new Date(charge.hour).toISOString().slice(0, 13), charge]));
  const highest = Math.max(...data.charges.map((charge) => Number(charge.amount)), 0);
  const isCorrected = (/** @type {string} */ hour) => corrections.some((one) => Date.parse(one.fromHour) <= Date.parse(`${hour}:00Z`) && Date.parse(`${hour}:00Z`) < Date.parse(one.untilHour));
  const [year, number] = month.split('-').map(Number);
  const days = [...Array(new Date(Date.UTC(year, number, 0)).getUTCDate()).keys()].map((day) => `${month}-${two(day + 1)}`);
  // The map is one tab stop: arrows, Home and End move within it.
  const stop = chosen?.slice(0, 13) ?? [...byHour.keys()].sort().at(-1) ?? `${days[0]}T00`;
  return html`<div class="scroll" role="region" aria-label="Hours of the month"><table class="heat" onKeyDown=${move}>
    <thead><tr><th scope="col">UTC</th>${HOURS.map((hour) => html`<th scope="col" key=${hour}>${two(hour)}</th>`)}<th scope="col" class="n">day</th></tr></thead>
    <tbody>${days.map((day) => html`<tr key=${day}><th scope="row">${day.slice(5)}</th>
      ${HOURS.map((hour) => html`<${Cell} key=${hour} hour=${`${day}T${two(hour)}`} charge=${byHour.get(`${day}T${two(hour)}`)} highest=${highest} isCorrected=${isCorrected(`${day}T${two(hour)}`)} isStop=${stop === `${day}T${two(hour)}`} isChosen=${chosen?.startsWith(`${day}T${two(hour)}`) ?? false} onChoose=${onChoose} />`)}
      <td class="n sum">${cents(sum(HOURS.map((hour) => byHour.get(`${day}T${two(hour)}`)?.amount))).replace(/^0$/, '·')}</td></tr>`)}</tbody></table></div>
    <p class="legend"><span class="heat-key a"></span> charged <span class="heat-key cap"></span> the month’s cap was reached <span class="heat-key fix"></span> corrected <span class="heat-key none"></span> nothing charged</p>`;
}

/** Formats an amount in cents; one that would be rounded to nothing is still something. @param {string} amount */
const cents = (amount) => (Number(amount) === 0 ? '0' : Math.abs(Number(amount)) < 0.0005 ? '<0.1' : (Number(amount) * 100).toFixed(1).replace('-', '−'));

/** @param {{ hour: string, charge: Schema<'ChargeLine'> | undefined, highest: number, isCorrected: boolean, isStop: boolean, isChosen: boolean, onChoose: (hour: string) => void }} properties */
function Cell({ hour, charge, highest, isCorrected, isStop, isChosen, onChoose }) {
  const kind = !charge ? 'none' : Number(charge.secondsCounted) === 0 ? 'cap' : SHADES[Math.min(3, Math.floor((Number(charge.amount) / (highest || 1)) * 3.99))];
  const text = !charge ? '·' : cents(charge.amount);
  return html`<td class=${`${kind} ${isCorrected ? 'fix' : ''} ${isChosen ? 'chosen' : ''}`}><button tabindex=${isStop ? 0 : -1} aria-pressed=${isChosen} aria-label=${`${text} ${charge ? 'cents' : 'nothing charged'}, ${hour}:00`} onClick=${() => onChoose(`${hour}:00:00Z`)}>${text}</button></td>`;
}

/** Moves the focus from cell to cell. @param {KeyboardEvent} event */
function move(event) {
  const cell = /** @type {Element} */ (event.target).closest('td');
  const row = cell?.parentElement;
  if (!cell || !row) return;
  const at = [...row.children].indexOf(cell);
  const to = {
    ArrowLeft: cell.previousElementSibling, ArrowRight: cell.nextElementSibling, Home: row.children[1], End: row.children[HOURS.length],
    ArrowUp: row.previousElementSibling?.children[at], ArrowDown: row.nextElementSibling?.children[at],
  }[event.key]?.querySelector('button');
  if (!to) return;
  event.preventDefault();
  for (const stop of row.parentElement?.querySelectorAll('button[tabindex="0"]') ?? []) stop.setAttribute('tabindex', '-1');
  to.setAttribute('tabindex', '0');
  to.focus();
}
