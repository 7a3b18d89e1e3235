// @ts-check
/** @import { Schema } from '../../api.js' */
import { html } from '../../vendor/htm-preact.js';
import { ActionButton } from '../../parts/action.js';
import { loaded, Tag, When } from '../../parts/basics.js';
import { OnRequest } from '../../parts/computed.js';
import { Filters } from '../../parts/filters.js';
import { link } from '../../router.js';
import { useLoad } from '../../use.js';
import { takeOver } from '../schedules/change.js';
import { Drift } from './drift.js';
import { Repair } from './repair.js';
import { Shadow } from './shadow.js';

/** @type {[string, string, Function][]} */
const VIEWS = [['shadow', 'Shadow', Shadow], ['repair', 'Repair', Repair], ['drift', 'Drift', Drift]];

/** @type {Record<string, string>} */
const QUESTIONS = {
  shadow: 'The exact cost of the observed hours, compared with what the panel’s own engine billed before the take-over.',
  repair: 'What the panel’s own engine took in whole months, compared with the exact cost of their hours.',
  drift: 'Movements of the wallets other than this app’s debits, refunds and grants.',
};

/** Compares the panel's own billing with the exact cost, repairs the difference, and lists other movements of wallets. @param {{ query: Record<string, string> }} properties */
export function TakeOver({ query }) {
  const status = useLoad('/api/admin/cron/status');
  const [view, , View] = VIEWS.find(([name]) => name === query.view) ?? VIEWS[0];
  return html`<h1>Take-over</h1>${loaded(status, (data) => html`<${StatusBanner} status=${data} reload=${status.reload} />`)}
    <p class="tabs">${VIEWS.map(([name, text]) => html`<a key=${name} href=${link(['takeover'], { view: name })} aria-current=${name === view ? 'page' : undefined}>${text}</a>`)}</p>
    <${Filters} query=${query} filters=${[{ name: 'from', label: 'From (UTC)', type: 'date' }, { name: 'to', label: 'Before (UTC)', type: 'date' },
      ...(view === 'drift' ? [{ name: 'userId', label: 'Customer', type: 'number' }] : [])]} />
    <${OnRequest} key=${view} what=${QUESTIONS[view]} show=${() => html`<${View} query=${query} />`} />`;
}

/** @param {{ status: Schema<'StatusAnswer'>, reload: () => void }} properties */
function StatusBanner({ status, reload }) {
  const { takenOverAt, takenOverBy } = status.cronStatus.hourlyBilling;
  const { interlockReason, lastCompleteReading } = status.billing;
  const word = interlockReason ? 'another engine bills' : takenOverAt ? 'taken over' : 'observing';
  return html`<div class=${`banner ${interlockReason ? 'bad' : takenOverAt ? 'good' : 'warn'}`}><${Tag} state=${interlockReason ? 'failing' : takenOverAt ? 'ok' : 'warning'} text=${word} />
    <p class="grow">${takenOverAt ? html`This app bills the hours since <${When} at=${takenOverAt} />, enabled by ${takenOverBy}.`
      : html`Servers are observed, last <${When} at=${lastCompleteReading} age />, and nothing is charged. Compare for a week, switch the panel’s own hourly billing off, then take over.`} ${interlockReason && `${interlockReason}.`}</p>
    ${!takenOverAt && html`<${ActionButton} action=${takeOver()} text="Take over…" main onDone=${reload} />`}</div>`;
}
