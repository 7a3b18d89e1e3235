// @ts-check
import { html } from '../../vendor/htm-preact.js';
import { number } from '../../format.js';
import { ActButton, REASON } from '../../parts/act.js';

/** Decides every hold that the filters show, in one act whose count must match. @param {{ filter: Record<string, any>, count: number, amount: string, onDone: () => void }} properties */
export const DecideAll = ({ filter, count, amount, onDone }) => html`<p>${number(count)} holds match${amount ? `, ${amount} in all` : ''}.
  <span class="acts left"><${ActButton} act=${decide('approve', filter, count)} text=${`Approve all ${number(count)}…`} onDone=${onDone} />
  <${ActButton} act=${decide('reject', filter, count)} text=${`Reject all ${number(count)}…`} onDone=${onDone} /></span></p>`;

/** @param {'approve' | 'reject'} decision @param {Record<string, any>} filter @param {number} count @returns {import('../../parts/act.js').Act} */
const decide = (decision, filter, count) => ({
  title: `${decision === 'approve' ? 'Approve' : 'Reject'} ${number(count)} holds`,
  will: decision === 'approve' ? 'The next run charges their hours.' : 'Their hours are never charged. This is final.',
  path: `/api/admin/billing/holds/${decision}`, role: 'operator', fields: [REASON], danger: decision === 'reject', confirm: decision === 'approve' ? 'Approve all' : 'Reject all',
  body: (values) => ({ ...Object.fromEntries(Object.entries(filter).filter(([name, value]) => name !== 'state' && value)), count, reason: values.reason }),
  done: (answer) => `${number(answer.count)} holds decided.`,
});
