// @ts-check
import { html } from '../../vendor/htm-preact.js';
import { sum } from '../../amounts.js';
import { two } from '../../format.js';

const HOURS = [...Array(24).keys()];
const SHADES = ['a', 'b', 'c', 'd'];

/** A month as a table: a row a day, a cell an hour, with its amount in cents as text. @param {{ month: string, data: any, chosen: string | null, onChoose: (hour: string) => void }} properties */
export function HeatMap({ month, data, chosen, onChoose }) {
  const byHour = new Map(data.charges.map((/** @type {any} */ charge) => [new Date(charge.hour).toISOString().slice(0, 13), charge]));
  const highest = Math.max(...data.charges.map((/** @type {any} */ charge) => Number(charge.amount)), 0);
  const [year, number] = month.split('-').map(Number);
  const days = [...Array(new Date(Date.UTC(year, number, 0)).getUTCDate()).keys()].map((day) => `${month}-${two(day + 1)}`);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Hours of the month"><table class="heat">
    <thead><tr><th scope="col">UTC</th>${HOURS.map((hour) => html`<th scope="col" key=${hour}>${two(hour)}</th>`)}<th scope="col" class="n">day</th></tr></thead>
    <tbody>${days.map((day) => html`<tr key=${day}><th scope="row">${day.slice(5)}</th>
      ${HOURS.map((hour) => html`<${Cell} key=${hour} hour=${`${day}T${two(hour)}`} charge=${byHour.get(`${day}T${two(hour)}`)} highest=${highest} isChosen=${chosen?.startsWith(`${day}T${two(hour)}`) ?? false} onChoose=${onChoose} />`)}
      <td class="n sum">${sum(HOURS.map((hour) => byHour.get(`${day}T${two(hour)}`)?.amount)).replace('-', '−')}</td></tr>`)}</tbody></table></div>
    <p class="legend"><span class="heat-key a"></span> charged <span class="heat-key cap"></span> the month’s cap was reached <span class="heat-key fix"></span> corrected <span class="heat-key none"></span> nothing charged</p>`;
}

/** @param {{ hour: string, charge: any, highest: number, isChosen: boolean, onChoose: (hour: string) => void }} properties */
function Cell({ hour, charge, highest, isChosen, onChoose }) {
  const kind = !charge ? 'none' : Number(charge.secondsCounted) === 0 ? 'cap' : SHADES[Math.min(3, Math.floor((Number(charge.amount) / (highest || 1)) * 3.99))];
  const text = !charge ? '·' : (Number(charge.amount) * 100).toFixed(1);
  return html`<td class=${`${kind} ${charge?.isCorrected ? 'fix' : ''} ${isChosen ? 'chosen' : ''}`}><button aria-pressed=${isChosen} aria-label=${`${text} ${charge ? 'cents' : 'nothing charged'}, ${hour}:00`} onClick=${() => onChoose(`${hour}:00:00Z`)}>${text}</button></td>`;
}
