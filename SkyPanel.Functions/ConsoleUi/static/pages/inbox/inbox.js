// @ts-check
import { html } from '../../vendor/htm-preact.js';
import { number } from '../../format.js';
import { ActButton } from '../../parts/act.js';
import { Card, CustomerLink, Loaded, Money, RunLink, ServerLink, Tag, When } from '../../parts/basics.js';
import { Filters } from '../../parts/filters.js';
import { More, Table } from '../../parts/table.js';
import { usePages } from '../../use.js';
import { decideDebit, decideHold } from '../acts.js';
import { DecideAll } from './decideAll.js';
import { Suspensions } from './suspensions.js';
import { HeldTopUps } from './topUps.js';

/** Lists what waits for a person, with everything that is needed to decide. @param {{ query: Record<string, string> }} properties */
export function Inbox({ query }) {
  return html`<h1>Inbox</h1>
    <${Filters} query=${query} filters=${[
      { name: 'state', label: 'Holds', options: [['', 'Open'], ['approved', 'Approved'], ['rejected', 'Rejected'], ['charged', 'Charged'], ['all', 'All']] },
      { name: 'scope', label: 'Of', options: [['', 'Any'], ['server', 'a server'], ['account', 'a customer'], ['run', 'a run'], ['correction', 'a correction']] },
      { name: 'userId', label: 'Customer', type: 'number' }, { name: 'serverId', label: 'Server', type: 'number' }, { name: 'runId', label: 'Run', type: 'number' },
    ]} />
    <${Holds} query=${query} /><${Debits} query=${query} /><${HeldTopUps} query=${query} /><${Suspensions} />`;
}

/** @param {{ query: Record<string, string> }} properties */
function Holds({ query }) {
  const filter = { state: query.state || 'open', scope: query.scope, userId: query.userId, serverId: query.serverId, runId: query.runId };
  const list = usePages('/api/admin/billing/holds', { ...filter, limit: 50 }, 'holds');
  return html`<${Card} name="Held hours"><${Loaded} of=${list}>${(/** @type {any} */ data) => html`
    ${filter.state === 'open' && filter.scope !== 'correction' && data.count > 1 && html`<${DecideAll} filter=${filter} count=${data.count} amount=${data.amount} onDone=${list.again} />`}
    <${Table} caption="Held hours" empty="No hold matches." rows=${list.rows} rowKey=${(/** @type {any} */ hold) => hold.id} columns=${[
      { name: 'Hold', cell: (/** @type {any} */ hold) => html`${hold.id} <${Tag} state=${hold.state} />` },
      { name: 'Why', cell: (/** @type {any} */ hold) => hold.reason },
      { name: 'Whose', cell: (/** @type {any} */ hold) => html`${hold.serverId && html`<${ServerLink} id=${hold.serverId} /> `}${hold.userId && html`<${CustomerLink} id=${hold.userId} name=${hold.userName} />`}${!hold.serverId && !hold.userId && 'the whole run'}` },
      { name: 'Hours', isFigure: true, cell: (/** @type {any} */ hold) => number(hold.hours) },
      { name: 'Amount', isFigure: true, cell: (/** @type {any} */ hold) => html`<${Money} amount=${hold.amount} />` },
      { name: 'From', cell: (/** @type {any} */ hold) => html`<${When} at=${hold.fromHour} />` },
      { name: 'Until', cell: (/** @type {any} */ hold) => html`<${When} at=${hold.untilHour} />` },
      { name: 'Held by', cell: (/** @type {any} */ hold) => hold.openedByRunId && html`<${RunLink} id=${hold.openedByRunId} />` },
      { name: 'Decision', cell: (/** @type {any} */ hold) => html`<${HoldActs} hold=${hold} again=${list.again} />` },
    ]} /><${More} list=${list} />`}<//><//>`;
}

/** @param {{ hold: any, again: () => void }} properties */
function HoldActs({ hold, again }) {
  if (hold.state === 'open')
    return html`<div class="acts left"><${ActButton} act=${decideHold(hold, 'approve')} text="Approve…" onDone=${again} /><${ActButton} act=${decideHold(hold, 'reject')} text="Reject…" onDone=${again} /></div>`;
  return html`<small>${hold.decidedBy}: ${hold.decisionReason}</small>${hold.state === 'approved' && html` <${ActButton} act=${decideHold(hold, 'withdraw')} text="Take back…" onDone=${again} />`}`;
}

/** @param {{ query: Record<string, string> }} properties */
function Debits({ query }) {
  const list = usePages('/api/admin/billing/debits', { state: 'waiting', userId: query.userId, limit: 50 }, 'debits');
  return html`<${Card} name="Debits in doubt and held"><${Loaded} of=${list}>${() => html`<${Table} caption="Debits in doubt and held" empty="No debit waits." rows=${list.rows} rowKey=${(/** @type {any} */ debit) => debit.id} columns=${[
    { name: 'Debit', cell: (/** @type {any} */ debit) => html`${debit.id} <${Tag} state=${debit.state} />` },
    { name: 'Customer', cell: (/** @type {any} */ debit) => html`<${CustomerLink} id=${debit.userId} />` },
    { name: 'Tokens', isFigure: true, cell: (/** @type {any} */ debit) => `${debit.kind === 'refund' ? '+' : '−'}${number(debit.tokens)}` },
    { name: 'What happened', cell: (/** @type {any} */ debit) => debit.message },
    { name: 'Balance before', isFigure: true, cell: (/** @type {any} */ debit) => debit.balanceBeforeTokens ?? '–' },
    { name: 'Balance read', cell: (/** @type {any} */ debit) => debit.lastReadingTokens === null ? '–' : html`${debit.lastReadingTokens} <small><${When} at=${debit.lastReadingAt} age /></small>` },
    { name: 'Since', cell: (/** @type {any} */ debit) => html`<${When} at=${debit.createdAt} age />` },
    { name: 'Decision', cell: (/** @type {any} */ debit) => debit.state === 'held'
      ? html`<div class="acts left"><${ActButton} act=${decideDebit(debit, 'settle')} text="It was taken…" onDone=${list.again} /><${ActButton} act=${decideDebit(debit, 'resend')} text="Send again…" onDone=${list.again} /><${ActButton} act=${decideDebit(debit, 'void')} text="Void…" onDone=${list.again} /></div>`
      : html`<small>judged by the wallet’s balance</small>` },
  ]} /><${More} list=${list} />`}<//><//>`;
}
