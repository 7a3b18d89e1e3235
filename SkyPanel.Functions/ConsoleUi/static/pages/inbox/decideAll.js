// @ts-check
import { html } from '../../vendor/htm-preact.js';
import { number, title } from '../../format.js';
import { action, ActionButton, REASON } from '../../parts/action.js';

const EFFECTS = /** @type {Record<string, string>} */ ({
  approve: 'The next run charges their hours.', reject: 'Their hours are never charged. This is final.',
  settle: 'Records that VirtFusion did take their tokens. Nothing is sent.', resend: 'They are sent again. Make sure that they were not taken.',
  void: 'Their tokens are owed again, and the next debits collect them.',
});

/** Decides everything that the filters show in one request, which is refused unless the count matches. @param {{ of: 'holds' | 'debits', decisions: string[], filter: Record<string, string | undefined>, count: number, amount?: string, onDone: () => void }} properties */
export const DecideAll = ({ of, decisions, filter, count, amount, onDone }) => html`<p class="actions left">${number(count)} ${of} match${amount ? `, ${amount} in all` : ''}.
  ${decisions.map((decision) => html`<${ActionButton} key=${decision} action=${decide(of, decision, filter, count)} text=${`${title(decision)} all ${number(count)}…`} onDone=${onDone} />`)}</p>`;

/** @param {'holds' | 'debits'} of @param {string} decision @param {Record<string, string | undefined>} filter @param {number} count */
const decide = (of, decision, filter, count) => action({
  title: `${title(decision)} ${number(count)} ${of}`, description: EFFECTS[decision],
  path: `/api/admin/billing/${of}/${decision}`, role: 'operator', fields: [REASON], danger: decision !== 'approve' && decision !== 'settle', confirm: `${title(decision)} all`,
  body: ({ reason }) => ({ ...Object.fromEntries(Object.entries(filter).filter(([, value]) => value)), count, reason }),
  done: (answer) => `${number(answer.count)} ${of} decided.`,
});
