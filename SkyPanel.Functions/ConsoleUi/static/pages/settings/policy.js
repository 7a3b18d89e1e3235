// @ts-check
/** @import { Schema } from '../../api.js' */
import { html } from '../../vendor/htm-preact.js';
import { number } from '../../format.js';
import { action, ActionButton } from '../../parts/action.js';
import { Card, loaded, Money, Tag } from '../../parts/basics.js';
import { useLoad } from '../../use.js';

const PATH = '/api/admin/customers/policy';

/** The policy of notices and suspensions. */
export function Policy() {
  const policy = useLoad(PATH);
  return html`<${Card} name="Customers’ policy">${loaded(policy, (data) => html`<div class="two">
    <div><dl><dt>Notices</dt><dd><${Tag} state=${data.notices.enabled ? 'on' : ''} text=${data.notices.enabled ? 'on' : 'off'} /></dd>
      <dt>Warned at</dt><dd>${data.notices.thresholdHours.join(', ')} hours of runway</dd></dl>
      <div class="actions left"><${ActionButton} action=${changeNotices(data.notices)} text="Change notices…" onDone=${policy.reload} /></div></div>
    <div><dl><dt>Suspension</dt><dd><${Tag} state=${data.suspension.enabled ? 'on' : ''} text=${!data.suspension.enabled ? 'off' : data.suspension.dryRun ? 'dry run: nobody is suspended' : 'on'} /></dd>
      <dt>Grace</dt><dd>${number(data.suspension.graceHours)} hours below the limit</dd><dt>Credit limit</dt><dd><${Money} amount=${data.suspension.creditLimit} /> below zero</dd>
      <dt>Limit per run</dt><dd>${number(data.suspension.maxPerRun)} accounts or ${data.suspension.maxPercentPerRun} %, whichever is more; beyond it a person decides</dd></dl>
      <div class="actions left"><${ActionButton} action=${changeSuspension(data.suspension)} text="Change suspension…" onDone=${policy.reload} /></div></div></div>`)}<//>`;
}

/** @param {Schema<'NoticePolicy'>} notices */
const changeNotices = (notices) => action({
  title: 'Change notices', description: 'Takes effect at the next heartbeat. Each threshold warns a customer once.', method: 'PUT', path: PATH, role: 'admin', confirm: 'Save',
  fields: [
    { name: 'enabled', label: 'Customers get notices', type: 'checkbox', value: notices.enabled },
    { name: 'thresholdHours', label: 'Warned at these hours of runway', value: notices.thresholdHours.join(', '), required: true, help: 'One to ten whole numbers from 1 to 720, separated by commas.', toBody: (/** @type {string} */ value) => value.split(',').map(Number) },
  ],
  body: (_, notices) => ({ notices }),
  done: (answer) => `Notices are ${answer.notices.enabled ? 'on' : 'off'}.`,
});

/** @param {Schema<'SuspensionPolicy'>} suspension */
const changeSuspension = (suspension) => action({
  title: 'Change suspension', description: 'Takes effect at the next heartbeat. A dry run lists who is due and suspends nobody.', method: 'PUT', path: PATH, role: 'admin', confirm: 'Save', danger: true,
  fields: [
    { name: 'enabled', label: 'Servers of customers without money are suspended', type: 'checkbox', value: suspension.enabled },
    { name: 'dryRun', label: 'Dry run', type: 'checkbox', value: suspension.dryRun },
    { name: 'graceHours', label: 'Grace, hours', type: 'number', value: suspension.graceHours, required: true, toBody: Number },
    { name: 'creditLimit', label: 'Credit limit, currency units below zero', value: suspension.creditLimit, required: true },
    { name: 'maxPerRun', label: 'Most accounts in a run without a decision', type: 'number', value: suspension.maxPerRun, required: true, toBody: Number },
    { name: 'maxPercentPerRun', label: 'The same, per cent of all accounts', type: 'number', value: suspension.maxPercentPerRun, required: true, toBody: Number },
  ],
  body: (_, suspension) => ({ suspension }),
  done: (answer) => `Suspension is ${!answer.suspension.enabled ? 'off' : answer.suspension.dryRun ? 'a dry run' : 'on'}.`,
});
