// @ts-check
/** @import { Schema } from '../../api.js' */
import { html, useEffect, useState } from '../../vendor/htm-preact.js';
import { postQuery } from '../../api.js';
import { jobName, title } from '../../format.js';
import { ActionButton } from '../../parts/action.js';
import { Card, loaded, Tag, When } from '../../parts/basics.js';
import { useLoad } from '../../use.js';
import { State } from '../now/jobs.js';
import { changeSettings, takeOver } from './change.js';
import { inWords } from './words.js';

/** Shows each job's schedule in words with its next runs. A change has a preview. */
export function Schedules() {
  const status = useLoad('/api/admin/cron/status');
  return html`<h1>Schedules</h1><p class="muted">Stored in the database. A change takes effect within a minute, without a restart.</p>
    ${loaded(status, (data) => Object.entries(data.cronStatus).map(([key, job]) => html`<${Schedule} key=${key} name=${jobName(key)} job=${job} reload=${status.reload} />`))}`;
}

/** @param {{ name: string, job: Schema<'JobStatus'>, reload: () => void }} properties */
function Schedule({ name, job, reload }) {
  const isBilling = name === 'hourly-billing';
  return html`<${Card} name=${title(name)}>
    <div class="two"><dl>
      <dt>State</dt><dd><${State} job=${job} /></dd>
      <dt>Schedule</dt><dd><code>${job.schedule}</code> ${inWords(job.schedule)}, ${job.timeZone}</dd>
      ${isBilling && html`<dt>Hours per month</dt><dd>${job.hoursPerMonth}</dd>`}
      <dt>Waits for</dt><dd>${job.waitsFor.length ? job.waitsFor.map(title).join(', ') : 'no other job'}</dd>
      ${job.nextRetryAt && html`<dt>Next retry</dt><dd><${When} at=${job.nextRetryAt} age /></dd>`}
      ${job.boundDiffers && html`<dt>Timer</dt><dd>bound to <code>${job.boundSchedule}</code> until the next start; until then the heartbeat wakes the job on the stored schedule</dd>`}
      ${job.takenOverAt && html`<dt>Taken over</dt><dd><${When} at=${job.takenOverAt} /> by ${job.takenOverBy}</dd>`}
      ${job.note && html`<dt>Note</dt><dd>${job.note}</dd>`}
      ${job.alert && html`<dt>Alert</dt><dd><${Tag} state="warning" /> ${job.alert}</dd>`}
    </dl><${NextRuns} job=${job} /></div>
    <div class="actions left">
      ${isBilling && !job.takenOverAt ? html`<${ActionButton} action=${takeOver()} text="Take over…" main onDone=${reload} />`
        : html`<${ActionButton} action=${changeSettings(name, { enabled: !job.enabled }, job)} text=${job.enabled ? 'Disable…' : 'Enable…'} onDone=${reload} />`}
      <${ActionButton} action=${changeSettings(name, null, job)} text="Change…" onDone=${reload} />
    </div><//>`;
}

/** The next five runs, as the server computes them. @param {{ job: Schema<'JobStatus'> }} properties */
function NextRuns({ job }) {
  const [answer, setAnswer] = useState(/** @type {Schema<'ScheduleAnswer'> | null} */ (null));
  useEffect(() => {
    let isCurrent = true;
    const show = (/** @type {Pick<Schema<'ScheduleAnswer'>, 'nextRuns' | 'warnings'>} */ shown) => isCurrent && setAnswer(shown);
    postQuery('/api/admin/cron/validate', { schedule: job.schedule, timeZone: job.timeZone, count: 5 }).then(show, (error) => show({ nextRuns: [], warnings: [error.message] }));
    return () => { isCurrent = false; };
  }, [job.schedule, job.timeZone, job.nextRun]);
  if (!job.enabled) return html`<p class="muted">Off: no next runs.</p>`;
  if (job.pause) return html`<p class="muted">Paused: no next runs.</p>`;
  return html`<${Preview} answer=${answer} />`;
}

/** The next runs and warnings of a schedule, as the server computes them. @param {{ answer: Schema<'ScheduleAnswer'> | null }} properties */
export const Preview = ({ answer }) => (answer === null ? html`<p class="loading" role="status">Loading…</p>` : html`<div><small>Next runs (UTC)</small><ol class="plain">${answer.nextRuns.map((at) => html`<li key=${at}><${When} at=${at} age /></li>`)}</ol>
  ${answer.warnings.map((warning) => html`<p key=${warning}><${Tag} state="warning" text="note" /> ${warning}</p>`)}</div>`);
