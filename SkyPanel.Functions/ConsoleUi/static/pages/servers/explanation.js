// @ts-check
/** @import { Schema } from '../../api.js' */
import { html } from '../../vendor/htm-preact.js';
import { postQuery } from '../../api.js';
import { instant, money } from '../../format.js';
import { action, ActionButton, REASON } from '../../parts/action.js';
import { Card, CustomerLink, loaded, Money, RunLink, Tag, When } from '../../parts/basics.js';
import { useLoad } from '../../use.js';

/** Explains an hour: formula, evidence, run, debit, holds, corrections. @param {{ serverId: string, hour: string, reload: () => void }} properties */
export function Explanation({ serverId, hour, reload }) {
  const explained = useLoad(`/api/admin/billing/servers/${serverId}/charges/${encodeURIComponent(hour)}`, undefined, { refresh: false });
  return html`<${Card} name=${`${instant(hour)} UTC`}>${loaded(explained, (data) => html`
    ${data.charge ? html`<${Charge} charge=${data.charge} />` : html`<p>Nothing is charged for this hour.</p>`}
    <dl>${data.spells.map((spell) => html`<dt>Evidence</dt><dd>observed as ${spell.isBillable ? 'billable' : 'not billable'} from <${When} at=${spell.startedAt} /> to <${When} at=${spell.seenUntil} /> (${spell.evidence})</dd>`)}
      ${data.holds.map((hold) => html`<dt>Hold ${hold.id}</dt><dd><${Tag} state=${hold.state} /> ${hold.reason}${hold.decidedBy && html`; ${hold.decidedBy}: ${hold.decisionReason}`}</dd>`)}
      ${data.adjustments.map((one) => html`<dt>Corrected</dt><dd>counts as ${one.seconds} s at ${money(one.price)} by ${one.author}: “${one.reason}” <${Tag} state="" text=${`${one.kind.replaceAll('_', ' ')} ${one.id}`} /></dd>`)}</dl>
    <div class="actions left">${data.charge && html`<${ActionButton} action=${correct(serverId, hour)} text="Correct…" onDone=${() => { explained.reload(); reload(); }} />`}</div>`)}<//>`;
}

/** @param {{ charge: Schema<'ExplainedCharge'> }} properties */
const Charge = ({ charge }) => html`<dl>
  <dt>Charged</dt><dd><${Money} amount=${charge.amount} /> to <${CustomerLink} id=${charge.userId} /></dd>
  <dt>Formula</dt><dd><code>${charge.formula}</code></dd>
  <dt>Seconds</dt><dd>${charge.secondsBilled} ran, ${charge.secondsCounted} counted${Number(charge.secondsBeyondCap) > 0 ? `, ${charge.secondsBeyondCap} beyond the month’s cap` : ''}</dd>
  <dt>Price</dt><dd><${Money} amount=${charge.price} /> ${charge.isMonthlyPrice ? `a month of ${charge.basisHours} h` : 'an hour'}, since <${When} at=${charge.termsSince} /></dd>
  <dt>Run</dt><dd><${RunLink} id=${charge.run.id} />, <${When} at=${charge.run.startedAt} />, ${charge.run.trigger}</dd>
  <dt>Taken by</dt><dd>${charge.debit ? html`debit ${charge.debit.id}, ${charge.debit.tokens} tokens <${Tag} state=${charge.debit.state} />${charge.debit.creditId && ` VirtFusion credit ${charge.debit.creditId}`}` : 'no debit yet'}</dd></dl>`;

/** @param {string} serverId @param {string} hour */
function correct(serverId, hour) {
  const path = /** @type {const} */ (`/api/admin/billing/servers/${serverId}/corrections`);
  const until = new Date(Date.parse(hour) + 3_600_000).toISOString();
  return action({
    title: 'Correct hours', description: 'Posts the difference between the present and the corrected cost of the month, as a credit note or a supplement. Preview shows the amount.', path, role: 'operator', confirm: 'Correct',
    fields: [
      { name: 'fromHour', label: 'From hour (UTC)', value: hour, required: true }, { name: 'untilHour', label: 'Until hour (UTC, exclusive)', value: until, required: true },
      { name: 'secondsPerHour', label: 'Seconds to bill of each hour', type: 'number', value: '0', help: '0 credits the hour, 3600 bills all of it; empty leaves it.', toBody: Number },
      { name: 'price', label: 'Correct price', value: '', help: 'Empty leaves it.' }, REASON,
    ],
    preview: async (body) => {
      const { adjustments, heldBecause } = await postQuery(path, { ...body, reason: body.reason ?? 'preview', dryRun: true });
      return adjustments.length === 0 ? html`<p>No charged hour is in this span.</p>` : html`${adjustments.map((one) => html`<p>${one.month.slice(0, 7)}: ${one.kind.replaceAll('_', ' ')} of ${money(one.amount)} for customer ${one.userId}</p>`)}
        ${heldBecause && html`<p>It would wait for an admin: ${heldBecause}.</p>`}`;
    },
    done: (answer) => (answer.holdId ? `It waits in hold ${answer.holdId}: ${answer.heldBecause}.` : answer.adjustments.length === 0 ? 'No charged hour was in this span.' : answer.adjustments.map((one) => `${one.kind.replaceAll('_', ' ')} of ${money(one.amount)}`).join(', ')),
  });
}
