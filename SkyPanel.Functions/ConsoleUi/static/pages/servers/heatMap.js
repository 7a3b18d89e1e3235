// @ts-check
/** @import { Schema } from '../../api.js' */
import { html } from '../../vendor/htm-preact.js';
import { sum } from '../../amounts.js';
import { MonthTable } from '../../monthTable.js';

const SHADES = ['a', 'b', 'c', 'd'];

/** A month with the amount of each hour in cents. @param {{ month: string, data: Schema<'ServerCharges'>, corrections: Schema<'Adjustment'>[], chosen: string | null, onChoose: (hour: string) => void }} properties */
export function HeatMap({ month, data, corrections, chosen, onChoose }) {
  const highest = Math.max(...data.charges.map((charge) => Number(charge.amount)), 0);
  const isCorrected = (/** @type {string} */ hour) => corrections.some((one) => Date.parse(one.fromHour) <= Date.parse(`${hour}:00Z`) && Date.parse(`${hour}:00Z`) < Date.parse(one.untilHour));
  const cell = (/** @type {Schema<'ChargeLine'> | undefined} */ charge, /** @type {string} */ hour) => {
    const kind = !charge ? 'none' : Number(charge.secondsCounted) === 0 ? 'cap' : SHADES[Math.min(3, Math.floor((Number(charge.amount) / (highest || 1)) * 3.99))];
    const text = !charge ? '·' : cents(charge.amount);
    return { kind: `${kind} ${isCorrected(hour) ? 'fix' : ''} ${chosen?.startsWith(hour) ? 'chosen' : ''}`, text, label: `${text} ${charge ? 'cents' : 'nothing charged'}, ${hour}:00` };
  };
  return html`<${MonthTable} month=${month} name="Hours of the month" charges=${data.charges} chosen=${chosen} onChoose=${onChoose} cell=${cell}
      sum=${(/** @type {(string | undefined)[]} */ amounts) => cents(sum(amounts)).replace(/^0$/, '·')} />
    <p class="legend"><span class="heat-key a"></span> charged <span class="heat-key cap"></span> the month’s cap was reached <span class="heat-key fix"></span> corrected <span class="heat-key none"></span> nothing charged</p>`;
}

/** Formats an amount in cents; one that would be rounded to nothing is still something. @param {string} amount */
const cents = (amount) => (Number(amount) === 0 ? '0' : Math.abs(Number(amount)) < 0.0005 ? '<0.1' : (Number(amount) * 100).toFixed(1).replace('-', '−'));
