// @ts-check
/** @import { Schema } from '../api.js' */
/** Actions of several pages. */
import { money, number, title } from '../format.js';
import { action, REASON } from '../parts/action.js';

/** @type {import('../parts/action.js').Field} */
const NOTE = { name: 'note', label: 'Note', type: 'textarea', required: true, maxLength: 500, help: 'Shown while it is paused, and kept in the audit log.' };

/** @param {string} job @param {boolean} dryRun */
export const triggerJob = (job, dryRun) => action({
  title: dryRun ? `Dry run of ${title(job)}` : `Run ${title(job)} now`,
  description: dryRun ? 'Computes what a run would do now, and stores nothing.' : `Starts a run now, whether or not its schedule is enabled.${job === 'hourly-billing' ? ' Hours are never charged twice.' : ''}`,
  path: `/api/admin/cron/jobs/${job}/trigger`, role: 'operator', body: () => (dryRun ? { dryRun: true } : {}), confirm: dryRun ? 'Dry run' : 'Run', isDryRun: dryRun,
  done: (answer) => {
    if (!('result' in answer)) return `${answer.message} (run ${answer.runId})`;
    const result = answer.result;
    if (!answer.success) return answer.message;
    if (job !== 'hourly-billing') return dryRun ? result.details ?? answer.message : `Run ${answer.runId} ${answer.status}: ${result.details ?? answer.message}`;
    const figures = result.hoursBilled ? `: ${number(result.hoursBilled)} hours, ${money(result.totalBilled)}, ${number(result.tokensDebited)} tokens` : '';
    return dryRun ? `A run would charge${figures || ' nothing'}.` : `Run ${answer.runId} ${answer.status}${figures}.`;
  },
});

/** */
export const pauseAll = () => action({ title: 'Pause all jobs', description: 'Until somebody resumes them, no job starts and no debit is sent. Runs in progress end at a safe point.', path: '/api/admin/cron/pause', role: 'admin', fields: [NOTE], confirm: 'Pause all', danger: true, done: () => 'All jobs are paused.' });

/** */
export const resumeAll = () => action({ title: 'Resume all jobs', description: 'Jobs run on their schedules again, and missed occurrences are caught up.', path: '/api/admin/cron/resume', role: 'admin', fields: [{ ...NOTE, required: false, help: 'Kept in the audit log.' }], confirm: 'Resume all', done: () => 'All jobs are resumed.' });

/** @param {string} job */
export const pauseJob = (job) => action({ title: `Pause ${title(job)}`, description: 'The job does not start until somebody resumes it. A run in progress ends at a safe point.', path: `/api/admin/cron/jobs/${job}/pause`, role: 'admin', fields: [NOTE], confirm: 'Pause', done: () => `${title(job)} is paused.` });

/** @param {string} job */
export const resumeJob = (job) => action({ title: `Resume ${title(job)}`, description: 'The job runs on its schedule again, and missed occurrences are caught up.', path: `/api/admin/cron/jobs/${job}/resume`, role: 'admin', fields: [{ ...NOTE, required: false, help: 'Kept in the audit log.' }], confirm: 'Resume', done: () => `${title(job)} is resumed.` });

/** @param {number} runId */
export const cancelRun = (runId) => action({ title: `Cancel run ${runId}`, description: 'The run ends at its next safe point. Its charges stand; a later run charges the rest.', path: `/api/admin/cron/runs/${runId}/cancel`, role: 'operator', confirm: 'Cancel the run', done: (answer) => answer.message });

/** @param {Schema<'Hold'>} hold @param {'approve' | 'reject' | 'withdraw'} decision */
export const decideHold = (hold, decision) => action({
  title: `${title(decision)} hold ${hold.id}`,
  description: hold.scope === 'correction' ? (decision === 'approve' ? 'It is posted at once.' : 'Nothing is posted. This is final.') : {
    approve: `The next run charges these ${number(hold.hours)} hours${hold.amount ? ` (${money(hold.amount)})` : ''}.`,
    reject: `These ${number(hold.hours)} hours are never charged. This is final.`,
    withdraw: 'Withdraws the approval: the hours wait for a decision again.',
  }[decision],
  path: `/api/admin/billing/holds/${hold.id}/${decision}`, role: hold.scope === 'correction' ? 'admin' : 'operator', fields: [REASON], confirm: title(decision), danger: decision === 'reject', done: (answer) => `Hold ${hold.id} is ${answer.hold.state}.`,
});

/** Whether it gives tokens to the customer. @param {Schema<'Debit'>} debit */
export const gives = (debit) => debit.kind === 'refund' || debit.kind === 'grant';

/** What the tokens of a void debit become. @type {Record<Schema<'Debit'>['kind'], string>} */
const VOIDED = {
  debit: 'are owed again, and the next debit collects them', claw_back: 'are not taken back: the customer keeps them',
  refund: 'are not given; the customer keeps the credit', grant: 'are not given; the top-up waits under Held top-ups',
};

/** @param {Schema<'Debit'>} debit @param {'settle' | 'resend' | 'void'} decision */
export const decideDebit = (debit, decision) => action({
  title: `${title(decision)} debit ${debit.id}`,
  description: {
    settle: `Records that VirtFusion did ${gives(debit) ? 'give' : 'take'} ${number(debit.tokens)} tokens. Nothing is sent.`,
    resend: `${gives(debit) ? 'Gives' : 'Takes'} ${number(debit.tokens)} tokens again. Make sure that they were not ${gives(debit) ? 'given' : 'taken'}.`,
    void: `Voids the debit: ${number(debit.tokens)} tokens ${VOIDED[debit.kind]}.`,
  }[decision],
  path: `/api/admin/billing/debits/${debit.id}/${decision}`, role: 'operator', fields: [REASON], confirm: title(decision), danger: decision !== 'settle', done: () => `Debit ${debit.id}: ${decision} recorded.`,
});

/** @param {Schema<'TopUpAnswer'>} topUp */
export const grantTopUp = (topUp) => action({
  title: `Grant top-up ${topUp.id}`,
  description: `Customer ${topUp.userId} then has ${number(topUp.keptTokens)} tokens for the remaining ${money(topUp.keptAmount, topUp.paidCurrency)} of the payment. What was given before is not given again.`,
  path: `/api/admin/payments/top-ups/${topUp.id}/grant`, role: 'operator', fields: [REASON], confirm: 'Grant', done: (answer) => `Top-up ${answer.id} is ${answer.state.replaceAll('_', ' ')}.`,
});

/** @param {Schema<'TopUpAnswer'>} topUp */
export const closeTopUp = (topUp) => action({
  title: `Close top-up ${topUp.id}`,
  description: 'Closes it as not paid. Look for its invoice at PayPal first, and give such a payment back there.',
  path: `/api/admin/payments/top-ups/${topUp.id}/refund`, role: 'operator', fields: [REASON], confirm: 'Close', danger: true, done: (answer) => `Top-up ${answer.id} is ${answer.state}.`,
});

/** @param {Schema<'TopUpAnswer'>} topUp */
export const refundTopUp = (topUp) => action({
  title: `Refund top-up ${topUp.id}`,
  description: `PayPal returns up to ${money(topUp.keptAmount, topUp.paidCurrency)} to the payer. The tokens for it are taken from the wallet.`,
  path: `/api/admin/payments/top-ups/${topUp.id}/refund`, role: 'operator', confirm: 'Refund', danger: true,
  fields: [{ name: 'amount', label: `Amount in ${topUp.paidCurrency}`, help: 'Empty returns all that is left.' }, REASON],
  done: (answer) => (answer.refundState === 'refused' ? `PayPal refused the refund: ${answer.refundMessage}` : `A refund of top-up ${answer.id} is ${answer.refundState === 'done' ? 'done' : 'in progress'}.`),
});
