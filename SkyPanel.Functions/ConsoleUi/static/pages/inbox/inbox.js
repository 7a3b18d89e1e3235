// @ts-check
/** @import { Schema } from '../../api.js' */
import { html } from '../../vendor/htm-preact.js';
import { number } from '../../format.js';
import { ActionButton } from '../../parts/action.js';
import { Card, CustomerLink, loaded, Money, RunLink, ServerLink, Tag, When } from '../../parts/basics.js';
import { Filters } from '../../parts/filters.js';
import { More, table } from '../../parts/table.js';
import { usePages } from '../../use.js';
import { decideDebit, decideHold, gives } from '../actions.js';
import { DecideAll } from './decideAll.js';
import { Suspensions } from './suspensions.js';
import { HeldTopUps } from './topUps.js';

/** Lists what waits for a person's decision, with the facts. @param {{ query: Record<string, string> }} properties */
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
  return html`<${Card} name="Held hours">${loaded(list, (data) => html`
    ${filter.state === 'open' && html`<${DecideAll} of="holds" decisions=${{ approve: data.approvable, reject: data.rejectable }} filter=${{ ...filter, state: undefined }} onDone=${list.reload} />`}
    ${table({ caption: 'Held hours', empty: 'No hold matches.', rows: list.rows, rowKey: (hold) => hold.id, columns: [
      { name: 'Hold', cell: (hold) => html`${hold.id} <${Tag} state=${hold.state} />` },
      { name: 'Why', cell: (hold) => hold.reason },
      { name: 'Affects', cell: (hold) => html`${hold.serverId && html`<${ServerLink} id=${hold.serverId} /> `}${hold.userId && html`<${CustomerLink} id=${hold.userId} name=${hold.userName} />`}${!hold.serverId && !hold.userId && 'the whole run'}` },
      { name: 'Hours', isFigure: true, cell: (hold) => number(hold.hours) },
      { name: 'Amount', isFigure: true, cell: (hold) => html`<${Money} amount=${hold.amount} />` },
      { name: 'From', cell: (hold) => html`<${When} at=${hold.fromHour} />` },
      { name: 'Until', cell: (hold) => html`<${When} at=${hold.untilHour} />` },
      { name: 'Held by', cell: (hold) => hold.openedByRunId && html`<${RunLink} id=${hold.openedByRunId} />` },
      { name: 'Decision', cell: (hold) => html`<${HoldActions} hold=${hold} reload=${list.reload} />` },
    ] })}<${More} list=${list} />`)}<//>`;
}

/** @param {{ hold: Schema<'Hold'>, reload: () => void }} properties */
function HoldActions({ hold, reload }) {
  if (hold.state === 'open')
    return html`${hold.scope === 'correction' && html`<small>An admin decides.</small>`}<div class="actions left"><${ActionButton} action=${decideHold(hold, 'approve')} text="Approve…" onDone=${reload} /><${ActionButton} action=${decideHold(hold, 'reject')} text="Reject…" onDone=${reload} /></div>`;
  return html`<small>${hold.decidedBy}: ${hold.decisionReason}</small>${hold.state === 'approved' && html` <${ActionButton} action=${decideHold(hold, 'withdraw')} text="Withdraw…" onDone=${reload} />`}`;
}

/** @param {{ query: Record<string, string> }} properties */
function Debits({ query }) {
  const list = usePages('/api/admin/billing/debits', { state: 'waiting', userId: query.userId, runId: query.runId, limit: 50 }, 'debits');
  const held = { count: list.rows.filter((debit) => debit.state === 'held').length };
  return html`<${Card} name="Debits in doubt and held">${loaded(list, () => html`
    ${!list.cursor && html`<${DecideAll} of="debits" decisions=${{ settle: held, resend: held, void: held }} filter=${{ userId: query.userId, runId: query.runId }} onDone=${list.reload} />`}
    ${table({ caption: 'Debits in doubt and held', empty: 'No debit waits.', rows: list.rows, rowKey: (debit) => debit.id, columns: [
    { name: 'Debit', cell: (debit) => html`${debit.id} <${Tag} state=${debit.state} />${debit.kind !== 'debit' && html` <small>${debit.kind.replace('_', '-')}</small>`}` },
    { name: 'Customer', cell: (debit) => html`<${CustomerLink} id=${debit.userId} />` },
    { name: 'Tokens', isFigure: true, cell: (debit) => `${gives(debit) ? '+' : '−'}${number(debit.tokens)}` },
    { name: 'What happened', cell: (debit) => debit.message },
    { name: 'Balance before', isFigure: true, cell: (debit) => debit.balanceBeforeTokens ?? '–' },
    { name: 'Balance read', cell: (debit) => debit.lastReadingTokens === null ? '–' : html`${debit.lastReadingTokens} <small><${When} at=${debit.lastReadingAt} age /></small>` },
    { name: 'Since', cell: (debit) => html`<${When} at=${debit.createdAt} age />` },
    { name: 'Decision', cell: (debit) => debit.state === 'held'
      ? html`<div class="actions left"><${ActionButton} action=${decideDebit(debit, 'settle')} text=${gives(debit) ? 'It was given…' : 'It was taken…'} onDone=${list.reload} /><${ActionButton} action=${decideDebit(debit, 'resend')} text="Send again…" onDone=${list.reload} /><${ActionButton} action=${decideDebit(debit, 'void')} text="Void…" onDone=${list.reload} /></div>`
      : html`<small>resolved by the wallet’s balance</small>` },
  ] })}<${More} list=${list} />`)}<//>`;
}
