// @ts-check
import { html } from '../../vendor/htm-preact.js';
import { duration, jobName, number, title } from '../../format.js';
import { Card, RunLink, Spark, Tag, When } from '../../parts/basics.js';
import { ActButton } from '../../parts/act.js';
import { Table } from '../../parts/table.js';
import { inWords } from '../schedules/words.js';
import { pauseJob, resumeJob, triggerJob } from '../acts.js';

/** Shows each job's state, last run and next run. @param {{ status: any, again: () => void }} properties */
export function Jobs({ status, again }) {
  const rows = Object.entries(status.cronStatus).map(([key, job]) => ({ key, name: jobName(key), job, logs: status.cronLogs[key]?.logs ?? [] }));
  return html`<${Card} name="Jobs"><${Table} caption="Jobs" empty="There are no jobs." rows=${rows} rowKey=${(/** @type {any} */ row) => row.key} columns=${[
    { name: 'Job', cell: (/** @type {any} */ row) => html`<b>${title(row.name)}</b>` },
    { name: 'State', cell: (/** @type {any} */ row) => html`<${State} job=${row.job} />` },
    { name: 'Schedule', cell: (/** @type {any} */ row) => html`<code>${row.job.schedule}</code> <small>${inWords(row.job.schedule)}, ${row.job.timeZone}</small>` },
    { name: 'Last run', cell: (/** @type {any} */ row) => html`<${LastRun} run=${row.job.lastRun} />` },
    { name: 'Next run', cell: (/** @type {any} */ row) => html`<${NextRun} job=${row.job} />` },
    { name: 'Recent runs', cell: (/** @type {any} */ row) => html`<${Spark} values=${row.logs.map((/** @type {any} */ run) => run.durationMs ?? 0).reverse()} text=${`${row.logs.length} runs`} />` },
    { name: 'Acts', cell: (/** @type {any} */ row) => html`<div class="acts left"><${ActButton} act=${triggerJob(row.name, false)} text="Run" onDone=${again} />
      ${row.job.pause ? !row.job.pause.isOfAll && html`<${ActButton} act=${resumeJob(row.name)} text="Resume" onDone=${again} />` : html`<${ActButton} act=${pauseJob(row.name)} text="Pause" onDone=${again} />`}</div>` },
  ]} /><//>`;
}

/** @param {{ job: any }} properties */
export function State({ job }) {
  if (job.isExecuting) return html`<${Tag} state="ok" text="running" />`;
  if (job.pause) return html`<${Tag} state="" text="paused" />`;
  if (!job.enabled) return html`<${Tag} state="" text="off" />`;
  return job.waitingFor.length ? html`<${Tag} state="waits" />` : html`<${Tag} state="on" />`;
}

/** @param {{ run: any }} properties */
const LastRun = ({ run }) => run
  ? html`<${When} at=${run.startedAt} /> <${Tag} state=${run.status} /> <small>${duration(run.durationMs)}${run.hoursBilled ? ` · ${number(run.hoursBilled)} hours · ${number(run.tokensDebited)} tokens` : ''}</small> ${run.runId ? html`<${RunLink} id=${run.runId} />` : null}`
  : html`<span class="muted">never</span>`;

/** @param {{ job: any }} properties */
function NextRun({ job }) {
  if (job.pause) return html`<span class="muted">paused by ${job.pause.pausedBy}: “${job.pause.note}”</span>`;
  if (job.waitingFor.length) return html`waits for ${job.waitingFor.map(title).join(', ')}`;
  return html`<${When} at=${job.nextRun} age />`;
}
