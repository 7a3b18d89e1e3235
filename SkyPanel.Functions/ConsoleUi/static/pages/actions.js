// @ts-check
/** @import { Schema } from '../api.js' */
/** The acts that several pages offer. */
import { money, number, title } from '../format.js';
import { act, REASON } from '../parts/act.js';

/** @type {import('../parts/act.js').Field} */
const NOTE = { name: 'note', label: 'Note', type: 'textarea', required: true, maxLength: 500, help: 'Shown while it is paused, and kept in the audit log.' };

/** @param {string} job @param {boolean} dryRun */
export const triggerJob = (job, dryRun) => act({
  title: dryRun ? `Dry run of ${title(job)}` : `Run ${title(job)} now`,
  will: dryRun ? 'Computes what a run would do now, and keeps nothing of it.' : 'Starts a run now, whether or not its schedule is enabled. What earlier runs did isn’t done again.',
  path: `/api/admin/cron/jobs/${job}/trigger`, role: 'operator', body: () => (dryRun ? { dryRun: true } : {}), confirm: dryRun ? 'Dry run' : 'Run',
  done: (answer) => {
    if (!('result' in answer)) return `${answer.message} (run ${answer.runId})`;
    const result = answer.result;
    const figures = result.hoursBilled ? `: ${number(result.hoursBilled)} hours, ${money(result.totalBilled)}, ${number(result.tokensDebited)} tokens` : '';
    return dryRun ? `Would come to${figures || ': nothing'}.` : `Run ${answer.runId} ${answer.status}${figures}.`;
  },
});

/** */
export const pauseAll = () => act({ title: 'Pause all jobs', will: 'No job starts, running ones end at a safe point, and no debit is sent, until somebody resumes.', path: '/api/admin/cron/pause', role: 'admin', fields: [NOTE], confirm: 'Pause all', danger: true, done: () => 'All jobs are paused.' });

/** */
export const resumeAll = () => act({ title: 'Resume all jobs', will: 'Jobs go on by their schedules; what was missed is caught up.', path: '/api/admin/cron/resume', role: 'admin', fields: [{ ...NOTE, required: false, help: 'Kept in the audit log.' }], confirm: 'Resume all', done: () => 'All jobs go on.' });

/** @param {string} job */
export const pauseJob = (job) => act({ title: `Pause ${title(job)}`, will: 'It doesn’t start until somebody resumes it; a running one ends at a safe point.', path: `/api/admin/cron/jobs/${job}/pause`, role: 'admin', fields: [NOTE], confirm: 'Pause', done: () => `${title(job)} is paused.` });

/** @param {string} job */
export const resumeJob = (job) => act({ title: `Resume ${title(job)}`, will: 'It goes on by its schedule; what was missed is caught up.', path: `/api/admin/cron/jobs/${job}/resume`, role: 'admin', fields: [{ ...NOTE, required: false, help: 'Kept in the audit log.' }], confirm: 'Resume', done: () => `${title(job)} goes on.` });

/** @param {number} runId */
export const cancelRun = (runId) => act({ title: `Cancel run ${runId}`, will: 'The run ends at its next safe point. What it has charged stays; the rest is charged later.', path: `/api/admin/cron/runs/${runId}/cancel`, role: 'operator', confirm: 'Cancel the run', done: (answer) => answer.message });

/** @param {Schema<'Hold'>} hold @param {'approve' | 'reject' | 'withdraw'} decision */
export const decideHold = (hold, decision) => act({
  title: `${title(decision)} hold ${hold.id}`,
  will: {
    approve: `The next run charges these ${number(hold.hours)} hours${hold.amount ? ` (${money(hold.amount)})` : ''}.`,
    reject: `These ${number(hold.hours)} hours are never charged. This is final.`,
    withdraw: 'The approval is taken back: the hours wait again.',
  }[decision],
  path: `/api/admin/billing/holds/${hold.id}/${decision}`, role: 'operator', fields: [REASON], confirm: title(decision), danger: decision === 'reject', done: (answer) => `Hold ${hold.id} is ${answer.hold.state}.`,
});

/** @param {Schema<'Debit'>} debit @param {'settle' | 'resend' | 'void'} decision */
export const decideDebit = (debit, decision) => act({
  title: `${title(decision)} debit ${debit.id}`,
  will: {
    settle: `Records that VirtFusion did take ${number(debit.tokens)} tokens. Nothing is sent.`,
    resend: `Sends the debit of ${number(debit.tokens)} tokens again. Be sure that they were not taken.`,
    void: `The debit is given up: ${number(debit.tokens)} tokens are owed again and go into the next debit.`,
  }[decision],
  path: `/api/admin/billing/debits/${debit.id}/${decision}`, role: 'operator', fields: [REASON], confirm: title(decision), danger: decision !== 'settle', done: () => `Debit ${debit.id}: ${decision} recorded.`,
});

/** @param {Schema<'TopUpAnswer'>} topUp */
export const grantTopUp = (topUp) => act({
  title: `Grant top-up ${topUp.id}`,
  will: `Gives ${number(topUp.keptTokens)} tokens to customer ${topUp.userId}: those for the ${money(topUp.keptAmount, topUp.paidCurrency)} that are left of the payment.`,
  path: `/api/admin/payments/top-ups/${topUp.id}/grant`, role: 'operator', fields: [REASON], confirm: 'Grant', done: (answer) => `Top-up ${answer.id} is ${answer.state.replaceAll('_', ' ')}.`,
});

/** @param {Schema<'TopUpAnswer'>} topUp */
export const refundTopUp = (topUp) => act({
  title: `Refund top-up ${topUp.id}`,
  will: `PayPal gives money of the ${money(topUp.keptAmount, topUp.paidCurrency)} that are left back to the payer. The tokens for it are taken from the wallet.`,
  path: `/api/admin/payments/top-ups/${topUp.id}/refund`, role: 'operator', confirm: 'Refund', danger: true,
  fields: [{ name: 'amount', label: `Amount in ${topUp.paidCurrency}`, help: 'Empty gives back all that is left.' }, REASON],
  done: (answer) => `A refund of top-up ${answer.id} is under way.`,
});
