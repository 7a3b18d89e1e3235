// @ts-check
/** @import { Schema } from '../api.js' */
import { html, useEffect, useState } from '../vendor/htm-preact.js';
import { get } from '../api.js';
import { money, two } from '../format.js';
import { Explanation } from './explanation.js';

const HOURS = [...Array(24).keys()];

/** A server's month: a row per day, a cell per hour, each with an explanation. @param {{ serverId: number, currency: string }} properties */
export function Hours({ serverId, currency }) {
  const [month, setMonth] = useState(new Date().toISOString().slice(0, 7));
  const [read, setRead] = useState(/** @type {Schema<'OwnCharges'> | null} */ (null));
  const [error, setError] = useState('');
  const [hour, setHour] = useState(/** @type {string | null} */ (null));
  useEffect(() => {
    let isCurrent = true;
    setRead(null);
    setError('');
    get(`/pay/servers/${serverId}/charges?month=${month}`).then((data) => isCurrent && setRead(data), (error) => isCurrent && setError(error.message));
    return () => { isCurrent = false; };
  }, [month]);

  return html`<div class="hours"><h3>Server ${serverId}, ${month}</h3>
    <div class="actions"><button onClick=${() => setMonth(add(month, -1))}>Previous month</button><button disabled=${month >= new Date().toISOString().slice(0, 7)} onClick=${() => setMonth(add(month, 1))}>Next month</button></div>
    ${error ? html`<p role="alert">${error}</p>` : !read ? html`<p role="status">Loading…</p>` : html`<p>${read.charges.length} hours were charged, ${money(read.net, currency)} with corrections. Choose an hour to see why it cost what it did.</p>
      <${Month} month=${month} charges=${read.charges} chosen=${hour} onChoose=${setHour} />`}
    ${hour && html`<${Explanation} key=${hour} serverId=${serverId} hour=${hour} currency=${currency} />`}</div>`;
}

/** @param {{ month: string, charges: Schema<'OwnCharge'>[], chosen: string | null, onChoose: (hour: string) => void }} properties */
function Month({ month, charges, chosen, onChoose }) {
  const byHour = new Map(charges.map((charge) => [charge.hour.slice(0, 13), charge]));
  const [year, number] = month.split('-').map(Number);
  const days = [...Array(new Date(Date.UTC(year, number, 0)).getUTCDate()).keys()].map((day) => `${month}-${two(day + 1)}`);
  // The table is one tab stop: arrows, Home and End move within it.
  const stop = chosen?.startsWith(month) ? chosen.slice(0, 13) : [...byHour.keys()].sort().at(-1) ?? `${days[0]}T00`;
  return html`<div class="scroll" role="region" aria-label="Hours of the month, in hundredths of the currency"><table class="heat" onKeyDown=${move}>
    <thead><tr><th scope="col">Day</th>${HOURS.map((hour) => html`<th scope="col" key=${hour}>${two(hour)}</th>`)}</tr></thead>
    <tbody>${days.map((day) => html`<tr key=${day}><th scope="row">${day.slice(8)}</th>${HOURS.map((hour) => {
      const at = `${day}T${two(hour)}`;
      const charge = byHour.get(at);
      const text = charge ? (Number(charge.amount) * 100).toFixed(1) : '·';
      return html`<td key=${hour} class=${charge ? (Number(charge.secondsBeyondCap) > 0 ? 'cap' : 'paid') : ''}><button tabindex=${stop === at ? 0 : -1} aria-pressed=${chosen === `${at}:00:00Z`}
        aria-label=${`${day} ${two(hour)}:00, ${charge ? `${text} hundredths` : 'nothing charged'}`} onClick=${() => onChoose(`${at}:00:00Z`)}>${text}</button></td>`;
    })}</tr>`)}</tbody></table></div>
    <p class="muted">Cells are hundredths of the currency; “·” means that nothing is charged, striped cells that the month’s price was reached.</p>`;
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

/** @param {string} month @param {number} by */
function add(month, by) {
  const [year, number] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number - 1 + by, 1)).toISOString().slice(0, 7);
}
