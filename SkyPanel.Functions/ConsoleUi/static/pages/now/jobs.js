// @ts-check
/** @import { Schema } from '../../api.js' */
import { html } from '../../vendor/htm-preact.js';
import { duration, jobName, number, title } from '../../format.js';
import { Card, RunLink, Spark, Tag, When } from '../../parts/basics.js';
import { ActionButton } from '../../parts/action.js';
import { table } from '../../parts/table.js';
import { inWords } from '../schedules/words.js';
import { pauseJob, resumeJob, triggerJob } from '../actions.js';

/** Shows each job's state, last run and next run. @param {{ status: Schema<'StatusAnswer'>, reload: () => void }} properties */
export function Jobs({ status, reload }) {
  const rows = Object.entries(status.cronStatus).map(([key, job]) => ({ key, name: jobName(key), job, logs: status.cronLogs[key]?.logs ?? [] }));
  return html`<${Card} name="Jobs">${table({ caption: 'Jobs', empty: 'There are no jobs.', rows, rowKey: (row) => row.key, columns: [
    { name: 'Job', cell: (row) => html`<b>${title(row.name)}</b>` },
    { name: 'State', cell: (row) => html`<${State} job=${row.job} />` },
    { name: 'Schedule', cell: (row) => html`<code>${row.job.schedule}</code> <small>${inWords(row.job.schedule)}, ${row.job.timeZone}</small>` },
    { name: 'Last run', cell: (row) => html`<${LastRun} run=${row.job.lastRun} />` },
    { name: 'Next run', cell: (row) => html`<${NextRun} job=${row.job} />` },
    { name: 'Recent runs', cell: (row) => html`<${Spark} values=${row.logs.map((run) => run.durationMs ?? 0).reverse()} text=${`${row.logs.length} ${row.logs.length === 1 ? 'run' : 'runs'}`} />` },
    { name: 'Actions', cell: (row) => html`<div class="actions left"><${ActionButton} action=${triggerJob(row.name, false)} text="Run" onDone=${reload} />
      ${row.job.pause ? !row.job.pause.isOfAll && html`<${ActionButton} action=${resumeJob(row.name)} text="Resume" onDone=${reload} />` : html`<${ActionButton} action=${pauseJob(row.name)} text="Pause" onDone=${reload} />`}</div>` },
  ] })}<//>`;
}

/** @param {{ job: Schema<'JobStatus'> }} properties */
export function State({ job }) {
  if (job.isExecuting) return html`<${Tag} state="ok" text="running" />`;
  if (job.pause) return html`<${Tag} state="" text="paused" />`;
  if (!job.enabled) return html`<${Tag} state="" text="off" />`;
  return job.waitingFor.length ? html`<${Tag} state="waits" />` : html`<${Tag} state="on" />`;
}

/** @param {{ run: Schema<'JobStatus'>['lastRun'] }} properties */
const LastRun = ({ run }) => run
  ? html`<${When} at=${run.startedAt} /> <${Tag} state=${run.status} /> <small>${duration(run.durationMs)}${run.hoursBilled ? ` · ${number(run.hoursBilled)} hours · ${number(run.tokensDebited)} tokens` : ''}</small> ${run.runId ? html`<${RunLink} id=${run.runId} />` : null}`
  : html`<span class="muted">never</span>`;

/** @param {{ job: Schema<'JobStatus'> }} properties */
function NextRun({ job }) {
  if (job.pause) return html`<span class="muted">paused by ${job.pause.pausedBy}: “${job.pause.note}”</span>`;
  if (job.waitingFor.length) return html`waits for ${job.waitingFor.join('; ')}`;
  return html`<${When} at=${job.nextRun} age />`;
}
