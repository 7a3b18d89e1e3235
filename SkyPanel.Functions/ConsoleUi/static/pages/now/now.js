// @ts-check
/** @import { Schema } from '../../api.js' */
import { html } from '../../vendor/htm-preact.js';
import { money, number } from '../../format.js';
import { useApp, useLoad } from '../../use.js';
import { Card, Figure, loaded, Money, Spark, Tag, When } from '../../parts/basics.js';
import { ActionButton } from '../../parts/action.js';
import { table } from '../../parts/table.js';
import { pauseAll, resumeAll, triggerJob } from '../actions.js';
import { link } from '../../router.js';
import { Income } from './income.js';
import { Jobs } from './jobs.js';
import { Waiting, waiting } from './waiting.js';

/** Shows the state of billing, today's figures, and what waits for a person. */
export function Now() {
  const status = useLoad('/api/admin/cron/status');
  return html`<h1>Now</h1>${loaded(status, (data) => html`
    <${StatusBanner} status=${data} reload=${status.reload} />
    <${Today} status=${data} />
    <div class="two wide"><${Income} /><${Waiting} counts=${waiting(data.billing)} /></div>
    <${Jobs} status=${data} reload=${status.reload} />
    <${Checks} />
    <${Processes} instances=${data.instances} />`)}`;
}

/** Green only when the last run charged what was due, and no other is due. @param {Schema<'StatusAnswer'>} status @returns {{ kind: string, word: string, sentence: unknown }} */
function describeStatus(status) {
  const job = status.cronStatus.hourlyBilling;
  const pause = job.pause;
  if (pause) return { kind: 'warn', word: 'paused', sentence: `Paused by ${pause.pausedBy}: “${pause.note}”. Nothing is charged or taken until it is resumed.` };
  if (status.billing.interlockReason) return { kind: 'bad', word: 'blocked', sentence: `${status.billing.interlockReason}.` };
  if (!job.takenOverAt) return { kind: 'warn', word: 'not taken over', sentence: 'Nothing is billed until an admin enables hourly billing under Schedules.' };
  if (!job.enabled) return { kind: 'warn', word: 'off', sentence: 'Hourly billing is switched off. Servers are still observed.' };
  const run = job.lastRun;
  if (run?.status === 'running') return { kind: '', word: 'running', sentence: html`${described(run)} is running.` };
  if (job.waitingFor.length) return { kind: 'warn', word: 'waits', sentence: `A run is due and waits for ${job.waitingFor.join('; ')}.` };
  if (job.overdueAt) return { kind: 'bad', word: 'overdue', sentence: html`No run was started for <${When} at=${job.overdueAt} age />.${run && html` The last one was ${described(run)}.`}` };
  if (!run) return { kind: '', word: 'waiting', sentence: 'Hourly billing is on and hasn’t run yet.' };
  if (run.status === 'failed' || run.status === 'abandoned') return { kind: 'bad', word: run.status, sentence: html`${described(run)} ${run.status}: ${run.message ?? 'see its errors'}.` };
  if (run.status === 'held' || run.status === 'skipped' || run.status === 'cancelled')
    return { kind: 'warn', word: run.status, sentence: html`${described(run)} was ${run.status}: ${run.message ?? 'it gives no reason'}.` };
  return { kind: run.status === 'partial' ? 'warn' : 'good', word: run.status === 'partial' ? 'partly billing' : 'billing', sentence: html`${described(run)} charged ${number(run.hoursBilled)} server-hours
    for <${Money} amount=${run.totalBilled} /> and took ${number(run.tokensDebited)} tokens${run.status === 'partial' && html`; some of it failed or is held: ${run.message}`}.
    ${status.billing.debitsInDoubt ? ` ${status.billing.debitsInDoubt} debits are in doubt.` : ' No debit is in doubt.'}` };
}

/** @param {{ runId: number, startedAt: string }} run */
const described = ({ runId, startedAt }) => html`Run <a href=${link(['runs', String(runId)])}>${runId}</a> of <${When} at=${startedAt} age />`;

/** @param {{ status: Schema<'StatusAnswer'>, reload: () => void }} properties */
function StatusBanner({ status, reload }) {
  const { kind, word, sentence } = describeStatus(status);
  const pause = status.cronStatus.hourlyBilling.pause;
  return html`<div class=${`banner ${kind}`}><${Tag} state=${kind === 'good' ? 'ok' : kind === 'bad' ? 'failing' : 'warning'} text=${word} /><p class="grow">${sentence}</p>
    <${ActionButton} action=${triggerJob('hourly-billing', true)} text="Dry run" onDone=${reload} />
    <${ActionButton} action=${triggerJob('hourly-billing', false)} text="Run now" main onDone=${reload} />
    ${pause?.isOfAll ? html`<${ActionButton} action=${resumeAll()} text="Resume all" onDone=${reload} />` : html`<${ActionButton} action=${pauseAll()} text="Pause all" onDone=${reload} />`}</div>`;
}

/** @param {{ status: Schema<'StatusAnswer'> }} properties */
function Today({ status }) {
  const app = useApp();
  const today = new Date().toISOString().slice(0, 10);
  const summary = useLoad('/api/admin/billing/summary', { groupBy: 'day', from: new Date(Date.now() - 30 * 86_400_000).toISOString().slice(0, 10) });
  const days = summary.data?.groups ?? [];
  const day = summary.data && (days.find((one) => one.key === today) ?? { gross: '0', hours: 0, tokens: 0 });
  return html`${loaded(summary, () => '', '')}<div class="row">
    <${Figure} name="Charged today" value=${money(day?.gross, app.currency)} note=${html`<${Spark} values=${days.map((one) => Number(one.gross))} text="last 30 days" />`} />
    <${Figure} name="Server-hours today" value=${number(day?.hours)} note=${`${number(status.billing.enrolments)} servers enrolled`} />
    <${Figure} name="Tokens taken today" value=${number(day?.tokens)} note=${`${status.billing.debitsInDoubt} in doubt · ${status.billing.heldDebits} held · ${status.billing.pendingDebits} waiting`} />
    <${Figure} name="Enrolments with a problem" value=${number(status.billing.enrolmentsWithProblems)} note=${html`<a href=${link(['servers'], { problem: 'true' })}>show them</a>`} />
  </div>`;
}

function Checks() {
  const checks = useLoad('/api/admin/monitoring/checks');
  return html`<${Card} name="Checks">${loaded(checks, (data) => table({ caption: 'Checks of monitoring', empty: 'Monitoring has not run yet.', rows: data.checks, rowKey: (row) => row.name, columns: [
      { name: 'State', cell: (row) => html`<${Tag} state=${row.state} />` },
      { name: 'Check', cell: (row) => html`<b>${row.name}</b> ${row.message}` },
      { name: 'Checked', cell: (row) => html`<${When} at=${row.checkedAt} />` },
    ] }))}<//>`;
}

/** @param {{ instances: Schema<'Instance'>[] }} properties */
const Processes = ({ instances }) => html`<${Card} name="Live processes">${table({ caption: 'Live processes', empty: 'No process has a heartbeat.', rows: instances, rowKey: (row) => row.id, columns: [
    { name: 'Host', cell: (row) => row.host },
    { name: 'Process', cell: (row) => row.processId },
    { name: 'Version', cell: (row) => row.version },
    { name: 'Since', cell: (row) => html`<${When} at=${row.startedAt} />` },
    { name: 'Last heartbeat', cell: (row) => html`<${When} at=${row.lastBeatAt} age />` },
  ] })}<//>`;
