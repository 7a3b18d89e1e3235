// @ts-check
import { html } from '../../vendor/htm-preact.js';
import { number, title } from '../../format.js';
import { act, ActButton, REASON } from '../../parts/act.js';

const WILL = /** @type {Record<string, string>} */ ({
  approve: 'The next run charges their hours.', reject: 'Their hours are never charged. This is final.',
  settle: 'Records that VirtFusion did take their tokens. Nothing is sent.', resend: 'They are sent again. Be sure that they were not taken.',
  void: 'They are given up: their tokens are owed again and go into the next debits.',
});

/** Decides everything that the filters show, in one act whose count must match. @param {{ of: 'holds' | 'debits', decisions: string[], filter: Record<string, string | undefined>, count: number, amount?: string, onDone: () => void }} properties */
export const DecideAll = ({ of, decisions, filter, count, amount, onDone }) => html`<p class="acts left">${number(count)} ${of} match${amount ? `, ${amount} in all` : ''}.
  ${decisions.map((decision) => html`<${ActButton} key=${decision} act=${decide(of, decision, filter, count)} text=${`${title(decision)} all ${number(count)}…`} onDone=${onDone} />`)}</p>`;

/** @param {'holds' | 'debits'} of @param {string} decision @param {Record<string, string | undefined>} filter @param {number} count */
const decide = (of, decision, filter, count) => act({
  title: `${title(decision)} ${number(count)} ${of}`, will: WILL[decision],
  path: `/api/admin/billing/${of}/${decision}`, role: 'operator', fields: [REASON], danger: decision !== 'approve' && decision !== 'settle', confirm: `${title(decision)} all`,
  body: ({ reason }) => ({ ...Object.fromEntries(Object.entries(filter).filter(([, value]) => value)), count, reason }),
  done: (answer) => `${number(answer.count)} ${of} decided.`,
});
