// @ts-check
import { html } from '../../vendor/htm-preact.js';
import { money, number, title } from '../../format.js';
import { action, ActionButton, REASON } from '../../parts/action.js';

const EFFECTS = /** @type {Record<string, string>} */ ({
  approve: 'The next run charges their hours.', reject: 'Their hours are never charged. This is final.',
  settle: 'Records that VirtFusion did take or give their tokens. Nothing is sent.', resend: 'They are sent again. Make sure that their tokens were not taken or given.',
  void: 'They are not sent: the next debits collect what debits were to take, and the top-ups of grants wait under Held top-ups.',
});

/** Decides everything that the filters show in one request, which is refused unless the count matches. @typedef {{ count: number, amount?: string }} Sum @param {{ of: 'holds' | 'debits', decisions: Record<string, Sum>, filter: Record<string, string | undefined>, onDone: () => void }} properties */
export const DecideAll = ({ of, decisions, filter, onDone }) => html`<p class="actions left">${Object.entries(decisions).map(([decision, sum]) => sum.count > 1
  && html`<${ActionButton} key=${decision} action=${decide(of, decision, filter, sum)} text=${`${title(decision)} all ${number(sum.count)}…`} onDone=${onDone} />`)}</p>`;

/** @param {'holds' | 'debits'} of @param {string} decision @param {Record<string, string | undefined>} filter @param {Sum} sum */
const decide = (of, decision, filter, { count, amount }) => action({
  title: `${title(decision)} ${number(count)} ${of}${amount ? `, ${money(amount)} in all` : ''}`, description: EFFECTS[decision],
  path: `/api/admin/billing/${of}/${decision}`, role: 'operator', fields: [REASON], danger: decision !== 'approve' && decision !== 'settle', confirm: `${title(decision)} all`,
  // The address has the ids as texts; the API takes numbers.
  body: ({ reason }) => ({ ...Object.fromEntries(Object.entries(filter).filter(([, value]) => value).map(([name, value]) => [name, name.endsWith('Id') ? Number(value) : value])),
    count, reason }),
  done: (answer) => `${number(answer.count)} ${of} decided.`,
});
