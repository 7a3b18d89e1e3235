// @ts-check
/** @import { Schema } from '../../api.js' */
import { html } from '../../vendor/htm-preact.js';
import { ActButton } from '../../parts/act.js';
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
  shadow: 'What the observed hours cost exactly, beside what the panel’s own engine billed before the take-over.',
  repair: 'What the panel’s own engine took in whole months, beside what their hours cost exactly.',
  drift: 'What moved the wallets and is no debit, refund or grant of this app.',
};

/** What the panel's own engine did beside what the hours cost, what of it is repaired, and what else moves wallets. @param {{ query: Record<string, string> }} properties */
export function TakeOver({ query }) {
  const status = useLoad('/api/admin/cron/status');
  const [view, , View] = VIEWS.find(([name]) => name === query.view) ?? VIEWS[0];
  return html`<h1>Take-over</h1>${loaded(status, (data) => html`<${Standing} status=${data} again=${status.again} />`)}
    <p class="tabs">${VIEWS.map(([name, text]) => html`<a key=${name} href=${link(['takeover'], { view: name })} aria-current=${name === view ? 'page' : undefined}>${text}</a>`)}</p>
    <${Filters} query=${query} filters=${[{ name: 'from', label: 'From (UTC)', type: 'date' }, { name: 'to', label: 'Before (UTC)', type: 'date' },
      ...(view === 'drift' ? [{ name: 'userId', label: 'Customer', type: 'number' }] : [])]} />
    <${OnRequest} key=${view} what=${QUESTIONS[view]} show=${() => html`<${View} query=${query} />`} />`;
}

/** @param {{ status: Schema<'StatusAnswer'>, again: () => void }} properties */
function Standing({ status, again }) {
  const { takenOverAt, takenOverBy } = status.cronStatus.hourlyBilling;
  const { interlockReason, lastCompleteReading } = status.billing;
  const word = interlockReason ? 'another engine bills' : takenOverAt ? 'taken over' : 'observing';
  return html`<div class=${`banner ${interlockReason ? 'bad' : takenOverAt ? 'good' : 'warn'}`}><${Tag} state=${interlockReason ? 'failing' : takenOverAt ? 'ok' : 'warning'} text=${word} />
    <p class="grow">${takenOverAt ? html`The hours are billed here since <${When} at=${takenOverAt} />, as ${takenOverBy} decided.`
      : html`Servers are observed, last <${When} at=${lastCompleteReading} age />, and nothing is charged. Compare for a week, switch the panel’s own hourly billing off, then take over.`} ${interlockReason && `${interlockReason}.`}</p>
    ${!takenOverAt && html`<${ActButton} act=${takeOver()} text="Take over…" main onDone=${again} />`}</div>`;
}
