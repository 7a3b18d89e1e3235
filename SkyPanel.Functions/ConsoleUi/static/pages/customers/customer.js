// @ts-check
/** @import { Schema } from '../../api.js' */
import { html, useState } from '../../vendor/htm-preact.js';
import { money, number } from '../../format.js';
import { ActionButton, REASON } from '../../parts/action.js';
import { Card, Figure, loaded, Money, Price, RunLink, ServerLink, Tag, When } from '../../parts/basics.js';
import { More, table } from '../../parts/table.js';
import { useApp, useLoad, usePages } from '../../use.js';
import { Decisions } from './decisions.js';
import { Links } from './links.js';
import { Notices } from './notices.js';
import { Runway } from './runway.js';
import { Statements } from './statements.js';
import { TopUps } from './topUps.js';

/** Shows one customer: amounts, servers, and every movement of money, newest first. @param {{ ids: string[] }} properties */
export function Customer({ ids: [id] }) {
  const account = useLoad(`/api/admin/billing/accounts/${id}`);
  const [changes, setChanges] = useState(0);
  const reload = () => {
    account.reload();
    setChanges((/** @type {number} */ before) => before + 1);
  };
  return html`${loaded(account, (data) => html`<h1>${data.name ?? 'Customer'} <small>customer ${id}</small></h1><${Figures} account=${data} /><${Actions} account=${data} reload=${reload} />`)}
    <${Decisions} userId=${id} reload=${account.reload} /><${Servers} userId=${id} /><${TopUps} userId=${id} /><${Statements} userId=${id} changes=${changes} /><${Notices} userId=${id} /><${Links} userId=${id} /><${Timeline} userId=${id} />`;
}

/** @param {{ account: Schema<'AccountAnswer'> }} properties */
function Figures({ account }) {
  const { currency } = useApp();
  return html`<div class="row">
    <${Figure} name="Runway" value=${html`<${Runway} account=${account} />`} note=${html`<${Tag} state=${account.state} /> ${money(account.available, currency)} available`} />
    <${Figure} name="Wallet" value=${account.balance ? number(account.balance.tokens.split('.')[0]) : '–'} note=${account.balance ? html`tokens, read <${When} at=${account.balance.readAt} age />, minus tokens taken since` : 'never read'} />
    <${Figure} name="Owed" value=${money(account.owed, currency)} note=${`${money(account.carried, currency)} carried below a token`} />
    <${Figure} name="This month" value=${money(account.netThisMonth, currency)} note=${`gross ${money(account.chargesThisMonth, currency)}, corrections ${money(account.correctionsThisMonth, currency)}`} />
    <${Figure} name="Tokens taken" value=${number(account.tokensTaken)} note=${`${number(account.tokensPerCurrencyUnit)} tokens are ${money('1', currency)}`} />
    <${Figure} name="Open debit" value=${account.openDebit ? number(account.openDebit.tokens) : 'none'} note=${account.openDebit && html`<${Tag} state=${account.openDebit.state} /> ${account.openDebit.message ?? ''}`} />
  </div>`;
}

/** @param {{ account: Schema<'AccountAnswer'>, reload: () => void }} properties */
const Actions = ({ account, reload }) => html`<div class="actions left"><${ActionButton} onDone=${reload} text="Refund…" action=${{
  title: `Refund customer ${account.userId}`, description: 'Returns the credit of the customer to the VirtFusion wallet, in whole tokens.', path: `/api/admin/billing/accounts/${account.userId}/refund`,
  role: 'operator', fields: [REASON], confirm: 'Refund', done: (/** @type {Schema<'RefundAnswer'>} */ answer) => (answer.refund ? `Refund ${answer.refund.id} of ${answer.refund.tokens} tokens.` : 'Nothing is owed back.'),
}} /></div>`;

/** @param {{ userId: string }} properties */
function Servers({ userId }) {
  const list = usePages('/api/admin/billing/servers', { userId, limit: 50 }, 'servers');
  return html`<${Card} name="Servers">${loaded(list, () => html`${table({ caption: 'Servers', empty: 'No server.', rows: list.rows, rowKey: (row) => row.serverId, columns: [
    { name: 'Server', cell: (row) => html`<${ServerLink} id=${row.serverId} />` },
    { name: 'Price', isFigure: true, cell: (row) => html`<${Price} server=${row} />` },
    { name: 'This month', isFigure: true, cell: (row) => html`<${Money} amount=${row.netThisMonth} />` },
    { name: 'State', cell: (row) => html`<${Tag} state=${row.state} />` },
    { name: 'Problem', cell: (row) => row.problem },
  ] })}<${More} list=${list} />`)}<//>`;
}

/** @param {{ entry: Schema<'TimelineEntry'> }} properties */
function What({ entry }) {
  if (entry.debitId) return html`${entry.kind} ${entry.debitId}${entry.creditId && `, VirtFusion credit ${entry.creditId}`}`;
  if (entry.reason) return html`${entry.serverId && html`<${ServerLink} id=${entry.serverId} /> `}“${entry.reason}”${entry.author && ` by ${entry.author}`}`;
  return null;
}

/** @param {{ userId: string }} properties */
function Timeline({ userId }) {
  const list = usePages(`/api/admin/billing/accounts/${userId}/timeline`, { limit: 50 }, 'entries');
  return html`<${Card} name="What happened, newest first">${loaded(list, () => html`${table({ caption: 'Timeline', empty: 'Nothing yet.', rows: list.rows, rowKey: (row) => `${row.kind} ${row.id}`, columns: [
    { name: 'When', cell: (row) => html`<${When} at=${row.at} />` },
    { name: 'What', cell: (row) => html`<${Tag} state="" text=${row.kind.replaceAll('_', ' ')} /> <${What} entry=${row} />` },
    { name: 'Run', cell: (row) => row.runId && html`<${RunLink} id=${row.runId} />` },
    { name: 'Amount', isFigure: true, cell: (row) => html`<${Money} amount=${row.amount} />` },
    { name: 'Tokens', isFigure: true, cell: (row) => number(row.tokens) },
    { name: 'Owed after', isFigure: true, cell: (row) => html`<${Money} amount=${row.owedAfter} />` },
  ] })}<${More} list=${list} />`)}<//>`;
}
