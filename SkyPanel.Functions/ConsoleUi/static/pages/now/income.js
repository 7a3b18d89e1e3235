// @ts-check
/** @import { Schema } from '../../api.js' */
import { html } from '../../vendor/htm-preact.js';
import { fromMicros, subtract, sum, toMicros } from '../../amounts.js';
import { addMonths, money, monthOf, number, two } from '../../format.js';
import { Bars } from '../../parts/bars.js';
import { Card, loaded, Money, When } from '../../parts/basics.js';
import { table } from '../../parts/table.js';
import { link } from '../../router.js';
import { useApp, useLoad } from '../../use.js';

/** The month's income by day, and the income expected by its end. */
export function Income() {
  const month = monthOf(new Date());
  const days = useLoad('/api/admin/billing/summary', { groupBy: 'day', from: `${month}-01`, to: `${addMonths(month, 1)}-01` });
  const forecast = useLoad('/api/admin/billing/forecast', { month, limit: 1, stored: true });
  return html`<${Card} name="Income of this month">${loaded(days, (data) => html`<${Days} month=${month} groups=${data.groups} expected=${forecast.data?.expected} />`)}
    <p class="muted">${forecast.error ? forecast.error.message : forecast.data ? html`Forecast computed at <${When} at=${forecast.data.computedAt} age />. <a href=${link(['forecast'])}>By customer, and with other prices</a>`
      : html`The forecast is computed after each billing run, or <a href=${link(['forecast'])}>on request</a>.`}</p><//>`;
}

/** @param {{ month: string, groups: Schema<'SummaryGroup'>[], expected?: string }} properties */
function Days({ month, groups, expected }) {
  const { currency } = useApp();
  const byDay = new Map(groups.map((group) => [group.key, group]));
  const [year, number_] = month.split('-').map(Number);
  const today = new Date().getUTCDate();
  const length = new Date(Date.UTC(year, number_, 0)).getUTCDate();
  const booked = sum(groups.map((group) => group.net));
  // The forecast is for the month, so its remainder is spread evenly over the days to come.
  const rest = expected ? subtract(expected, booked) : null;
  const each = rest && today < length ? fromMicros(toMicros(rest) / BigInt(length - today)) : null;
  const bars = [...Array(length).keys()].map((i) => {
    const day = `${month}-${two(i + 1)}`;
    const net = byDay.get(day)?.net ?? '0';
    return { key: day, value: Number(i + 1 > today && each ? each : net), isExpected: i + 1 > today };
  });
  return html`<p>Charged so far: <b>${money(booked, currency)}</b>${expected && html`; expected by the end of the month: <b>${money(expected, currency)}</b>`}.</p>
    <${Bars} bars=${bars} />
    <details><summary>Days as a table</summary>${table({ caption: 'Income by day', empty: 'Nothing was charged in this month.', rows: groups, rowKey: (row) => row.key, columns: [
      { name: 'Day (UTC)', cell: (row) => row.key },
      { name: 'Server-hours', isFigure: true, cell: (row) => number(row.hours) },
      { name: 'Charged', isFigure: true, cell: (row) => html`<${Money} amount=${row.gross} />` },
      { name: 'Corrections', isFigure: true, cell: (row) => html`<${Money} amount=${row.corrections} />` },
      { name: 'Net', isFigure: true, cell: (row) => html`<${Money} amount=${row.net} />` },
      { name: 'Tokens taken', isFigure: true, cell: (row) => number(row.tokens) },
    ] })}</details>`;
}
