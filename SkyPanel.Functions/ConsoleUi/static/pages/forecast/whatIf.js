// @ts-check
/** @import { Schema } from '../../api.js' */
import { html, useState } from '../../vendor/htm-preact.js';
import { postQuery } from '../../api.js';
import { number } from '../../format.js';
import { Card } from '../../parts/basics.js';
import { useApp } from '../../use.js';
import { Comparison } from './comparison.js';

const MAX_ROWS = 50;

const CAPS = /** @type {[string, string][]} */ ([['', 'as it is'], ['true', 'capped at the monthly price'], ['false', 'not capped']]);

const FIRST_HOURS = /** @type {[string, string][]} */ ([['', 'as it is'], ['true', 'prepaid in the panel'], ['false', 'billed here']]);

/** Simulates a month with other prices, another basis or another cap. @param {{ month: string, packages: Schema<'ForecastPackage'>[] }} properties */
export function WhatIf({ month, packages }) {
  const app = useApp();
  const [values, setValues] = useState({ priceFactor: '', hoursPerMonth: '', monthlyCap: '', firstHourPrepaid: '' });
  const [prices, setPrices] = useState(/** @type {Record<string, string>} */ ({}));
  const [state, setState] = useState({ isBusy: false, error: '', answer: /** @type {Schema<'Simulation'> | null} */ (null) });
  if (!app.hasRole('operator')) return html`<${Card} name="What if"><p class="muted">A simulation with other prices needs the role operator.</p><//>`;

  const body = () => ({
    month,
    ...(values.priceFactor && { priceFactor: values.priceFactor }),
    ...(values.hoursPerMonth && { hoursPerMonth: Number(values.hoursPerMonth) }),
    ...(values.monthlyCap && { monthlyCap: values.monthlyCap === 'true' }),
    ...(values.firstHourPrepaid && { firstHourPrepaid: values.firstHourPrepaid === 'true' }),
    // Another month may have other packages: a price that isn't shown doesn't count.
    prices: packages.filter(({ packageId }) => prices[packageId]).map(({ packageId }) => ({ packageId, price: prices[packageId] })),
  });

  /** @param {Event} event */
  async function submit(event) {
    event.preventDefault();
    setState({ ...state, isBusy: true, error: '' });
    try {
      setState({ isBusy: false, error: '', answer: await postQuery('/api/admin/billing/simulations', body(), { limit: MAX_ROWS }) });
    } catch (error) {
      const failed = /** @type {import('../../api.js').ApiError} */ (error);
      if (failed.status === 401) app.expired();
      setState({ ...state, isBusy: false, error: `${failed.field ? `${failed.field}: ` : ''}${failed.message}` });
    }
  }

  const set = (/** @type {string} */ name) => (/** @type {{ target: HTMLInputElement }} */ { target }) => setValues({ ...values, [name]: target.value.trim() });
  return html`<${Card} name="What if"><form class="stack" onSubmit=${submit}>
    <p class="muted">Computed by the statements of a billing run; nothing is stored and nobody is charged.</p>
    <div class="filters">
      <label><span>Every price times</span><input name="priceFactor" inputmode="decimal" placeholder="1.1" value=${values.priceFactor} onInput=${set('priceFactor')} /></label>
      <label><span>Hours per month</span><input name="hoursPerMonth" type="number" min="1" max="744" placeholder="as it is" value=${values.hoursPerMonth} onInput=${set('hoursPerMonth')} /></label>
      <label><span>Monthly cap</span><select name="monthlyCap" value=${values.monthlyCap} onChange=${set('monthlyCap')}>${CAPS.map(([value, text]) => html`<option value=${value}>${text}</option>`)}</select></label>
      <label><span>First hour</span><select name="firstHourPrepaid" value=${values.firstHourPrepaid} onChange=${set('firstHourPrepaid')}>${FIRST_HOURS.map(([value, text]) => html`<option value=${value}>${text}</option>`)}</select></label>
    </div>
    <${Packages} packages=${packages} prices=${prices} onPrice=${(/** @type {number} */ id, /** @type {string} */ price) => setPrices({ ...prices, [id]: price })} />
    ${state.error && html`<p class="error" role="alert">${state.error}</p>`}
    <div class="actions left"><button class="main" disabled=${state.isBusy}>${state.isBusy ? 'Computing…' : 'Compare'}</button></div>
    ${state.answer && html`<${Comparison} answer=${state.answer} />`}</form><//>`;
}

/** A price field for each package of the forecast. @param {{ packages: Schema<'ForecastPackage'>[], prices: Record<string, string>, onPrice: (id: number, price: string) => void }} properties */
const Packages = ({ packages, prices, onPrice }) => packages.length > 0 && html`<fieldset><legend>Monthly prices of packages</legend><div class="filters">${packages.map((one) => html`<label key=${one.packageId}>
  <span>Package ${one.packageId}, ${number(one.servers)} ${one.servers === 1 ? 'server' : 'servers'}</span><input name=${`package-${one.packageId}`} inputmode="decimal" placeholder=${priceOf(one)} value=${prices[one.packageId] ?? ''}
    onInput=${(/** @type {{ target: HTMLInputElement }} */ { target }) => onPrice(one.packageId, target.value.trim())} /></label>`)}</div></fieldset>`;

/** @param {Schema<'ForecastPackage'>} one */
const priceOf = ({ lowestPrice, highestPrice }) => [...new Set([lowestPrice, highestPrice])].map((price) => price.replace(/\.?0+$/, '')).join(' to ');
