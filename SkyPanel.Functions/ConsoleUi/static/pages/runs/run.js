// @ts-check
/** @import { Schema } from '../../api.js' */
import { html } from '../../vendor/htm-preact.js';
import { duration, number, title } from '../../format.js';
import { Card, CustomerLink, Figure, loaded, Money, RunLink, ServerLink, Tag, When } from '../../parts/basics.js';
import { ActButton } from '../../parts/act.js';
import { table } from '../../parts/table.js';
import { useLoad } from '../../use.js';
import { cancelRun, triggerJob } from '../acts.js';

/** Shows one run: figures, errors, what it charged for each server, and what it waited for. @param {{ ids: string[] }} properties */
export function Run({ ids }) {
  const details = useLoad(`/api/admin/cron/runs/${ids[0]}`);
  return html`<h1>Run ${ids[0]}</h1>${loaded(details, (data) => html`
    <${Summary} run=${data.run} again=${details.again} />
    ${data.errors.length > 0 && html`<${Card} name="Errors">${table({ caption: 'Errors', empty: '', rows: data.errors.map((error, i) => ({ ...error, i })), rowKey: (row) => row.i, columns: [
      { name: 'Kind', cell: (row) => html`<${Tag} state="failing" text=${row.kind} />` },
      { name: 'Server', cell: (row) => row.serverId && html`<${ServerLink} id=${row.serverId} />` },
      { name: 'What', cell: (row) => row.message },
    ] })}<//>`}
    <${Card} name="Servers">${table({ caption: 'What it charged for each server', empty: 'It charged nothing.', rows: data.servers, rowKey: (row) => `${row.serverId}-${row.userId}`, columns: [
      { name: 'Server', cell: (row) => html`<${ServerLink} id=${row.serverId} />` },
      { name: 'Customer', cell: (row) => html`<${CustomerLink} id=${row.userId} />` },
      { name: 'Hours', isFigure: true, cell: (row) => number(row.hours) },
      { name: 'Seconds', isFigure: true, cell: (row) => number(row.secondsBilled) },
      { name: 'Amount', isFigure: true, cell: (row) => html`<${Money} amount=${row.amount} />` },
      { name: 'From', cell: (row) => html`<${When} at=${row.fromHour} />` },
      { name: 'Until', cell: (row) => html`<${When} at=${row.untilHour} />` },
    ] })}<//>`)}`;
}

/** @param {{ run: Schema<'Run'>, again: () => void }} properties */
const Summary = ({ run, again }) => html`
  <div class="banner"><${Tag} state=${run.status} /><p class="grow">${run.message ?? `${title(run.job)}, started by ${run.requestedBy} (${run.trigger}).`}</p>
    ${run.status === 'running' && html`<${ActButton} act=${cancelRun(run.runId)} text="Cancel" onDone=${again} />`}
    <${ActButton} act=${triggerJob(run.job, true)} text="Dry run" /><${ActButton} act=${triggerJob(run.job, false)} text="Run again" /></div>
  <div class="row">
    <${Figure} name="Amount" value=${html`<${Money} amount=${run.totalBilled} />`} note=${`${number(run.hoursBilled)} hours of ${number(run.serversProcessed)} servers`} />
    <${Figure} name="Tokens taken" value=${number(run.tokensDebited)} note=${`${run.errorCount} errors`} />
    <${Figure} name="Took" value=${duration(run.durationMs)} note=${html`from <${When} at=${run.startedAt} />`} />
    <${Figure} name="Planned for" value=${html`<${When} at=${run.scheduledFor} />`} note=${run.missedOccurrences ? `${run.missedOccurrences} occurrences were missed before` : `attempt ${run.attempt}`} />
  </div>
  ${(run.waitedFor.length > 0 || run.retryOf || run.retryAt) && html`<${Card} name="Before and after"><dl>
    ${run.waitedFor.map((one) => html`<dt>Waited for</dt><dd>${title(one.job)}, <${RunLink} id=${one.runId} />, ${one.waitedSeconds} s</dd>`)}
    ${run.retryOf && html`<dt>Runs again</dt><dd><${RunLink} id=${run.retryOf} /></dd>`}
    ${run.retryAt && html`<dt>Will be run again</dt><dd><${When} at=${run.retryAt} age /></dd>`}</dl><//>`}`;
