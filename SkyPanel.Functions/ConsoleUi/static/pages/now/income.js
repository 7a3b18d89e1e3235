// @ts-check
import { html, useState } from '../../vendor/htm-preact.js';
import { fromMicros, less, sum, toMicros } from '../../amounts.js';
import { addMonths, money, monthOf, number, two } from '../../format.js';
import { Bars } from '../../parts/bars.js';
import { Card, Loaded, Money, When } from '../../parts/basics.js';
import { Table } from '../../parts/table.js';
import { link } from '../../router.js';
import { useApp, useLoad } from '../../use.js';

// Above this a forecast takes seconds of the database's time, and is computed on demand.
const MOST_ENROLMENTS = 2000;

/** The month's income by day, and what is expected until its end. @param {{ enrolments: number }} properties */
export function Income({ enrolments }) {
  const month = monthOf(new Date());
  const [isAsked, setAsked] = useState(enrolments <= MOST_ENROLMENTS);
  const days = useLoad('/api/admin/billing/summary', { groupBy: 'day', from: `${month}-01`, to: `${addMonths(month, 1)}-01` });
  const forecast = useLoad(isAsked ? '/api/admin/billing/forecast' : null, { month }, { refresh: false });
  return html`<${Card} name="Income of this month"><${Loaded} of=${days}>${(/** @type {any} */ data) => html`<${Days} month=${month} groups=${data.groups} expected=${forecast.data?.expected} />`}<//>
    <p class="muted">${!isAsked ? html`<button onClick=${() => setAsked(true)}>Forecast the rest</button>`
      : forecast.error ? html`${forecast.error.message} <button onClick=${forecast.again}>Forecast again</button>`
      : forecast.data ? html`Forecast of <${When} at=${new Date(forecast.at).toISOString()} age />. <a href=${link(['forecast'])}>By customer, and with other prices</a>` : 'Computing the forecast…'}</p><//>`;
}

/** @param {{ month: string, groups: any[], expected?: string }} properties */
function Days({ month, groups, expected }) {
  const { currency } = useApp();
  const byDay = new Map(groups.map((group) => [group.key, group]));
  const [year, number_] = month.split('-').map(Number);
  const today = new Date().getUTCDate();
  const length = new Date(Date.UTC(year, number_, 0)).getUTCDate();
  const booked = sum(groups.map((group) => group.net));
  // What is expected beyond today's hours is spread evenly: the forecast is of the month, not of a day.
  const rest = expected ? less(expected, booked) : null;
  const each = rest && today < length ? fromMicros(toMicros(rest) / BigInt(length - today)) : null;
  const bars = [...Array(length).keys()].map((i) => {
    const day = `${month}-${two(i + 1)}`;
    const net = byDay.get(day)?.net ?? '0';
    return { key: day, value: Number(i + 1 > today && each ? each : net), isExpected: i + 1 > today };
  });
  return html`<p>Charged so far: <b>${money(booked, currency)}</b>${expected && html`; expected by the end of the month: <b>${money(expected, currency)}</b>`}.</p>
    <${Bars} bars=${bars} />
    <details><summary>Days as a table</summary><${Table} caption="Income by day" empty="Nothing was charged in this month." rows=${groups} rowKey=${(/** @type {any} */ row) => row.key} columns=${[
      { name: 'Day (UTC)', cell: (/** @type {any} */ row) => row.key },
      { name: 'Server-hours', isFigure: true, cell: (/** @type {any} */ row) => number(row.hours) },
      { name: 'Charged', isFigure: true, cell: (/** @type {any} */ row) => html`<${Money} amount=${row.gross} />` },
      { name: 'Corrections', isFigure: true, cell: (/** @type {any} */ row) => html`<${Money} amount=${row.corrections} />` },
      { name: 'Net', isFigure: true, cell: (/** @type {any} */ row) => html`<${Money} amount=${row.net} />` },
      { name: 'Tokens taken', isFigure: true, cell: (/** @type {any} */ row) => number(row.tokens) },
    ]} /></details>`;
}
