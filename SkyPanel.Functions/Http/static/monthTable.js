// @ts-check
import { html } from './vendor/htm-preact.js';
import { two } from './figures.js';

const HOURS = [...Array(24).keys()];

/**
 * A server's month: a row per day, a cell per hour.
 * @template {{ hour: string, amount: string }} C
 * @param {{ month: string, name: string, charges: C[], chosen: string | null, onChoose: (hour: string) => void,
 *   cell: (charge: C | undefined, hour: string) => { kind: string, text: string, label: string }, sum?: (amounts: (string | undefined)[]) => string }} properties `sum` is the last cell of a day.
 */
export function MonthTable({ month, name, charges, chosen, onChoose, cell, sum }) {
  const byHour = new Map(charges.map((charge) => [charge.hour.slice(0, 13), charge]));
  const [year, number] = month.split('-').map(Number);
  const days = [...Array(new Date(Date.UTC(year, number, 0)).getUTCDate()).keys()].map((day) => `${month}-${two(day + 1)}`);
  // The table is one tab stop: arrows, Home and End move within it.
  const stop = chosen?.startsWith(month) ? chosen.slice(0, 13) : [...byHour.keys()].sort().at(-1) ?? `${days[0]}T00`;
  return html`<div class="scroll" role="region" aria-label=${name}><table class="heat" onKeyDown=${move}>
    <thead><tr><th scope="col">UTC</th>${HOURS.map((hour) => html`<th scope="col" key=${hour}>${two(hour)}</th>`)}${sum && html`<th scope="col" class="n">day</th>`}</tr></thead>
    <tbody>${days.map((day) => html`<tr key=${day}><th scope="row">${day.slice(5)}</th>
      ${HOURS.map((hour) => {
        const at = `${day}T${two(hour)}`;
        const { kind, text, label } = cell(byHour.get(at), at);
        return html`<td key=${hour} class=${kind}><button tabindex=${stop === at ? 0 : -1} aria-pressed=${chosen?.startsWith(at) ?? false} aria-label=${label} onClick=${() => onChoose(`${at}:00:00Z`)}>${text}</button></td>`;
      })}
      ${sum && html`<td class="n sum">${sum(HOURS.map((hour) => byHour.get(`${day}T${two(hour)}`)?.amount))}</td>`}</tr>`)}</tbody></table></div>`;
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
