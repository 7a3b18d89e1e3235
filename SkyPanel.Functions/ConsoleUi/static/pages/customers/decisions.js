// @ts-check
/** @import { Schema } from '../../api.js' */
/** An operator's decisions about one customer. */
import { html } from '../../vendor/htm-preact.js';
import { instant, money } from '../../format.js';
import { ActionButton, REASON } from '../../parts/action.js';
import { Card, loaded, Money, ServerLink, Tag, When } from '../../parts/basics.js';
import { useApp, useLoad } from '../../use.js';

/** @param {string} userId @param {string} action */
const path = (userId, action) => `/api/admin/customers/${userId}/${action}`;

/** @param {Schema<'CustomerAnswer'>} answer @param {string} [currency] */
function summary({ customer, suspensions }, currency) {
  const parts = [
    customer.exemptUntil && `exempt until ${instant(customer.exemptUntil)} UTC`, customer.isSilenced && 'silenced',
    customer.creditLimit !== null && `credit limit ${money(customer.creditLimit, currency)}`,
    ...suspensions.map((one) => `server ${one.serverId} ${one.state}`),
  ].filter(Boolean);
  return `Customer ${customer.userId}: ${parts.length ? parts.join(', ') : 'as the policy says'}.`;
}

/** Shows the decisions about a customer, the suspensions, and the actions. @param {{ userId: string, reload: () => void }} properties */
export function Decisions({ userId, reload }) {
  const decided = useLoad(`/api/admin/customers/${userId}`);
  return html`<${Card} name="Decisions">${loaded(decided, ({ customer, suspensions }) => html`<dl>
    <dt>Credit limit</dt><dd>${customer.creditLimit === null ? 'as the policy says' : html`<${Money} amount=${customer.creditLimit} /> below zero`}</dd>
    <dt>Exempt</dt><dd>${customer.exemptUntil ? html`until <${When} at=${customer.exemptUntil} age />: ${customer.exemptReason}` : 'no'}</dd>
    <dt>Notices</dt><dd>${customer.isSilenced ? html`silenced: ${customer.silenceReason}` : 'as the policy says'}</dd>
    ${suspensions.map((one) => html`<dt key=${one.id}><${ServerLink} id=${one.serverId} /></dt><dd><${Tag} state=${one.state} /> ${one.orderedBy}: ${one.reason} <small><${When} at=${one.suspendedAt ?? one.orderedAt} age /> ${one.message}</small></dd>`)}</dl>`)}
    <${Actions} userId=${userId} reload=${() => { decided.reload(); reload(); }} /><//>`;
}

/** @param {{ userId: string, reload: () => void }} properties */
function Actions({ userId, reload }) {
  const { currency } = useApp();
  const common = { role: 'operator', done: (/** @type {Schema<'CustomerAnswer'>} */ answer) => summary(answer, currency) };
  /** @type {[string, import('../../parts/action.js').Action][]} */
  const actions = [
    ['Exempt…', { ...common, title: `Exempt customer ${userId}`, description: 'The policy doesn’t suspend this customer’s servers until then. Empty ends an exemption.', path: path(userId, 'exempt'), confirm: 'Exempt',
      fields: [{ name: 'until', label: 'Until (UTC)', type: 'datetime-local', toBody: (/** @type {string} */ value) => `${value}:00Z` }, REASON] }],
    ['Credit limit…', { ...common, title: `Credit limit of customer ${userId}`, description: 'How far below zero the account may be. Empty: as the policy says.', path: path(userId, 'credit-limit'), confirm: 'Set the limit',
      fields: [{ name: 'creditLimit', label: `Credit limit, ${currency}` }, REASON] }],
    ['Silence…', { ...common, title: `Silence customer ${userId}`, description: 'Stops notices to this customer, or allows them again.', path: path(userId, 'silence'), confirm: 'Save',
      fields: [{ name: 'silenced', label: 'No notices', type: 'checkbox', value: true }, REASON] }],
    ['Suspend…', { ...common, title: `Suspend the servers of customer ${userId}`, description: 'Suspends all servers at VirtFusion without waiting for the grace. Refused unless the account is below its limit. Once there is money again, they are resumed automatically.',
      path: path(userId, 'suspend'), confirm: 'Suspend', danger: true, fields: [REASON] }],
    ['Resume…', { ...common, title: `Resume the servers of customer ${userId}`, description: 'Resumes the servers that this app suspended. The grace begins again.', path: path(userId, 'resume'), confirm: 'Resume', fields: [REASON] }],
  ];
  return html`<div class="actions left">${actions.map(([text, action]) => html`<${ActionButton} key=${text} text=${text} action=${action} onDone=${reload} />`)}</div>`;
}
