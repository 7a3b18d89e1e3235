// @ts-check
/** @import { Schema } from '../../api.js' */
import { html } from '../../vendor/htm-preact.js';
import { duration, number, title } from '../../format.js';
import { Card, CustomerLink, Figure, loaded, Money, RunLink, ServerLink, Tag, When } from '../../parts/basics.js';
import { ActionButton } from '../../parts/action.js';
import { table } from '../../parts/table.js';
import { useLoad } from '../../use.js';
import { cancelRun, triggerJob } from '../actions.js';

/** Shows one run: figures, errors, charges by server, and the runs that it waited for. @param {{ ids: string[] }} properties */
export function Run({ ids }) {
  const details = useLoad(`/api/admin/cron/runs/${ids[0]}`, undefined, { isOver: (data) => data.run.status !== 'running' });
  return html`<h1>Run ${ids[0]}</h1>${loaded(details, (data) => html`
    <${Summary} run=${data.run} reload=${details.reload} />
    ${data.errors.length > 0 && html`<${Card} name="Errors">${table({ caption: 'Errors', empty: '', rows: data.errors.map((error, i) => ({ ...error, i })), rowKey: (row) => row.i, columns: [
      { name: 'Kind', cell: (row) => html`<${Tag} state="failing" text=${row.kind} />` },
      { name: 'Server', cell: (row) => row.serverId && html`<${ServerLink} id=${row.serverId} />` },
      { name: 'What', cell: (row) => row.message },
    ] })}<//>`}
    <${Card} name="Servers">${table({ caption: 'Charges by server', empty: data.run.hoursBilled ? 'More than 200,000 server-hours: not listed by server.' : 'The run charged nothing.', rows: data.servers, rowKey: (row) => `${row.serverId}-${row.userId}`, columns: [
      { name: 'Server', cell: (row) => html`<${ServerLink} id=${row.serverId} />` },
      { name: 'Customer', cell: (row) => html`<${CustomerLink} id=${row.userId} />` },
      { name: 'Hours', isFigure: true, cell: (row) => number(row.hours) },
      { name: 'Seconds', isFigure: true, cell: (row) => number(row.secondsBilled) },
      { name: 'Amount', isFigure: true, cell: (row) => html`<${Money} amount=${row.amount} />` },
      { name: 'From', cell: (row) => html`<${When} at=${row.fromHour} />` },
      { name: 'Until', cell: (row) => html`<${When} at=${row.untilHour} />` },
    ] })}${data.servers.length === 10_000 && html`<p class="muted">Only the first 10,000 are listed.</p>`}<//>`)}`;
}

/** @param {{ run: Schema<'Run'>, reload: () => void }} properties */
const Summary = ({ run, reload }) => html`
  <div class="banner"><${Tag} state=${run.status} /><p class="grow">${run.message ?? `${title(run.job)}, started by ${run.requestedBy} (${run.trigger}).`}</p>
    ${run.status === 'running' && html`<${ActionButton} action=${cancelRun(run.runId)} text="Cancel" onDone=${reload} />`}
    <${ActionButton} action=${triggerJob(run.job, true)} text="Dry run" /><${ActionButton} action=${triggerJob(run.job, false)} text="Run again" /></div>
  <div class="row">
    <${Figure} name="Amount" value=${html`<${Money} amount=${run.totalBilled} />`} note=${`${number(run.hoursBilled)} hours of ${number(run.serversProcessed)} servers`} />
    <${Figure} name="Tokens taken" value=${number(run.tokensDebited)} note=${`${run.errorCount} errors`} />
    <${Figure} name="Duration" value=${duration(run.durationMs)} note=${html`from <${When} at=${run.startedAt} />`} />
    <${Figure} name="Planned for" value=${html`<${When} at=${run.scheduledFor} />`} note=${run.missedOccurrences ? `${run.missedOccurrences} occurrences were missed` : `attempt ${run.attempt}`} />
  </div>
  ${(run.waitedFor.length > 0 || run.retryOf || run.retryAt) && html`<${Card} name="Before and after"><dl>
    ${run.waitedFor.map((one) => html`<dt>Waited for</dt><dd>${title(one.job)}, <${RunLink} id=${one.runId} />, ${one.waitedSeconds} s</dd>`)}
    ${run.retryOf && html`<dt>Retry of</dt><dd><${RunLink} id=${run.retryOf} /></dd>`}
    ${run.retryAt && html`<dt>Next retry</dt><dd><${When} at=${run.retryAt} age /></dd>`}</dl><//>`}`;
