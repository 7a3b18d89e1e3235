// @ts-check
/** @import { Schema } from '../api.js' */
import { html, useEffect, useState } from '../vendor/htm-preact.js';
import { get } from '../api.js';
import { addMonths, money, monthOf } from '../figures.js';
import { MonthTable } from '../monthTable.js';
import { Explanation } from './explanation.js';

/** A server's month: a row per day, a cell per hour, each with an explanation. @param {{ serverId: number, currency: string }} properties */
export function Hours({ serverId, currency }) {
  const [month, setMonth] = useState(monthOf(new Date()));
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
    <div class="actions"><button onClick=${() => setMonth(addMonths(month, -1))}>Previous month</button><button disabled=${month >= monthOf(new Date())} onClick=${() => setMonth(addMonths(month, 1))}>Next month</button></div>
    ${error ? html`<p role="alert">${error}</p>` : !read ? html`<p role="status">Loading…</p>` : html`<p>${read.charges.length} hours were charged, ${money(read.net, currency)} with corrections. Choose an hour to see why it cost what it did.</p>
      <${MonthTable} month=${month} name="Hours of the month, in hundredths of the currency" charges=${read.charges} chosen=${hour} onChoose=${setHour} cell=${cell} />
      <p class="muted">Cells are hundredths of the currency; “·” means that nothing is charged, striped cells that the month’s price was reached.</p>`}
    ${hour && html`<${Explanation} key=${hour} serverId=${serverId} hour=${hour} currency=${currency} />`}</div>`;
}

/** @param {Schema<'OwnCharge'> | undefined} charge @param {string} hour */
function cell(charge, hour) {
  const text = charge ? (Number(charge.amount) * 100).toFixed(1) : '·';
  return { kind: charge ? (Number(charge.secondsBeyondCap) > 0 ? 'cap' : 'paid') : '', text, label: `${hour.replace('T', ' ')}:00, ${charge ? `${text} hundredths` : 'nothing charged'}` };
}
