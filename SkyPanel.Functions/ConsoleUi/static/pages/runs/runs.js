// @ts-check
import { html } from '../../vendor/htm-preact.js';
import { duration, jobName, number, title } from '../../format.js';
import { Card, loaded, Money, RunLink, Tag, When } from '../../parts/basics.js';
import { Filters } from '../../parts/filters.js';
import { More, table } from '../../parts/table.js';
import { useLoad, usePages } from '../../use.js';

const STATUSES = ['running', 'succeeded', 'partial', 'failed', 'skipped', 'held', 'cancelled', 'abandoned'];

/** Lists runs, newest first, with their filters in the address. @param {{ query: Record<string, string> }} properties */
export function Runs({ query }) {
  const filter = { job: query.job, status: query.status, from: query.from && `${query.from}T00:00:00Z`, to: query.to && `${query.to}T00:00:00Z` };
  const list = usePages('/api/admin/cron/logs', { ...filter, limit: 50 }, 'runs');
  const status = useLoad('/api/admin/cron/status', undefined, { refresh: false });
  const jobs = Object.keys(status.data?.cronStatus ?? {}).map(jobName);
  return html`<h1>Runs</h1>
    <${Filters} query=${query} filters=${[
      { name: 'job', label: 'Job', options: [['', 'All jobs'], ...jobs.map((job) => [job, title(job)])] },
      { name: 'status', label: 'Status', options: [['', 'Any'], ...STATUSES.map((status) => [status, status])] },
      { name: 'from', label: 'From (UTC)', type: 'date' }, { name: 'to', label: 'Before (UTC)', type: 'date' },
    ]} />
    <${Durations} />
    <${Card} name="Runs, newest first">${loaded(list, () => html`${table({ caption: 'Runs', empty: 'No run matches.', rows: list.rows, rowKey: (run) => run.runId, columns: [
      { name: 'Run', cell: (run) => html`<${RunLink} id=${run.runId} />` },
      { name: 'Job', cell: (run) => title(run.job) },
      { name: 'Status', cell: (run) => html`<${Tag} state=${run.status} />` },
      { name: 'Trigger', cell: (run) => html`${run.trigger} <small>${run.trigger === 'manual' ? run.requestedBy : ''}</small>` },
      { name: 'Started', cell: (run) => html`<${When} at=${run.startedAt} />` },
      { name: 'Duration', isFigure: true, cell: (run) => duration(run.durationMs) },
      { name: 'Hours', isFigure: true, cell: (run) => number(run.hoursBilled) },
      { name: 'Amount', isFigure: true, cell: (run) => html`<${Money} amount=${run.totalBilled} />` },
      { name: 'Tokens', isFigure: true, cell: (run) => number(run.tokensDebited) },
      { name: 'Errors', isFigure: true, cell: (run) => number(run.errorCount) },
      { name: 'Message', cell: (run) => html`<span class="clip" title=${run.message ?? ''}>${run.message}</span>` },
    ] })}<${More} list=${list} />`)}<//>`;
}

function Durations() {
  const metrics = useLoad('/api/admin/cron/metrics');
  return html`<${Card} name="Durations of runs">${loaded(metrics, (data) => table({ caption: 'Durations by job', empty: 'No run yet.', rows: data.jobs, rowKey: (row) => row.job, columns: [
    { name: 'Job', cell: (row) => title(row.job) },
    { name: 'Runs', isFigure: true, cell: (row) => number(row.runs) },
    { name: 'p50', isFigure: true, cell: (row) => duration(row.durationMs?.p50) },
    { name: 'p95', isFigure: true, cell: (row) => duration(row.durationMs?.p95) },
    { name: 'Longest', isFigure: true, cell: (row) => duration(row.durationMs?.longest) },
    { name: 'Succeeded', isFigure: true, cell: (row) => (row.successRate === null ? '–' : `${Math.round(row.successRate * 100)} %`) },
    { name: 'Retries', isFigure: true, cell: (row) => number(row.retries) },
  ] }))}<//>`;
}
