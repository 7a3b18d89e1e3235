// @ts-check
/** @import { Schema } from '../../api.js' */
import { html } from '../../vendor/htm-preact.js';
import { postQuery } from '../../api.js';
import { money, number, title } from '../../format.js';
import { action } from '../../parts/action.js';
import { Preview } from './schedules.js';
import { inWords } from './words.js';

/** Changes a job's stored settings: the given change, or those of a form. @param {string} name @param {{ enabled: boolean } | null} change @param {Schema<'JobStatus'>} job */
export const changeSettings = (name, change, job) => action({
  title: change ? `${change.enabled ? 'Enable' : 'Disable'} ${title(name)}` : `Change ${title(name)}`,
  description: change ? (change.enabled ? 'The job runs on its schedule, from the next occurrence on.' : 'The job no longer runs on its schedule. It can still be run by hand.') : 'Takes effect within a minute. Preview shows the next runs.',
  method: 'PUT', path: `/api/admin/cron/jobs/${name}/settings`, role: 'admin', confirm: change ? (change.enabled ? 'Enable' : 'Disable') : 'Save',
  fields: [
    ...(change ? [] : [
      { name: 'schedule', label: 'Cron expression', value: job.schedule, required: true, help: 'Five fields, minute first, or six, second first.' },
      { name: 'timeZone', label: 'Time zone', value: job.timeZone, required: true, help: 'An IANA name such as UTC or Europe/Berlin.' },
      { name: 'waitsFor', label: 'Waits for', value: job.waitsFor.join(', '), help: 'Jobs that must be up to date first, separated by commas: backup, maintenance. Empty: none.',
        toBody: (/** @type {string} */ value) => value.split(',').map((one) => one.trim()).filter(Boolean) },
      ...(name === 'hourly-billing' ? [{ name: 'hoursPerMonth', label: 'Hours per month', type: /** @type {'number'} */ ('number'), value: job.hoursPerMonth, required: true, toBody: Number }] : []),
    ]),
    { name: 'note', label: 'Note', type: 'textarea', value: '', maxLength: 500, help: 'Kept in the audit log.' },
  ],
  body: (_, changes) => ({ ...change, ...changes }),
  preview: change ? undefined : async ({ schedule = job.schedule, timeZone = job.timeZone }) => {
    const answer = await postQuery('/api/admin/cron/validate', { schedule, timeZone, count: 5 });
    return html`<p>${inWords(schedule)}</p><${Preview} answer=${answer} />`;
  },
  done: (answer) => `${title(name)} is ${answer.enabled ? 'on' : 'off'}: ${answer.schedule}, ${answer.timeZone}.`,
});

/** Takes hourly billing over from the panel's own engine. */
export const takeOver = () => action({
  title: 'Take over hourly billing',
  description: 'From now on this app charges each ended hour and takes tokens. Switch the panel’s own hourly billing off first. Preview is a dry run: it shows what would be charged now.',
  method: 'PUT', path: '/api/admin/cron/jobs/hourly-billing/settings', role: 'admin', confirm: 'Take over', danger: true,
  fields: [{ name: 'note', label: 'Note', type: 'textarea', value: 'take-over', required: true, maxLength: 500, help: 'Kept in the audit log.' }],
  body: (values) => ({ enabled: true, note: values.note }),
  preview: async () => {
    const answer = await postQuery('/api/admin/cron/trigger-hourly-billing', { dryRun: true });
    return 'result' in answer && answer.success ? html`<${DryRun} result=${answer.result} />` : html`<p>${answer.message}</p>`;
  },
  done: () => 'Hourly billing is taken over.',
});

/** What the next run would charge, and what the take-over passes over. @param {{ result: Schema<'TriggerResult'> }} properties */
const DryRun = ({ result: { takeOver: outlook, ...result } }) => html`<p>A run would charge ${number(result.hoursBilled)} server-hours, ${money(result.totalBilled)}, and take ${number(result.tokensDebited)} tokens; ${number(result.errors.length)} error lines.</p>
  ${outlook && html`<p>${number(outlook.servers)} servers would be taken over. ${number(outlook.passedOverHours)} hours of ${number(outlook.passedOverServers)} of them are passed over, because the panel billed them.</p>`}
  ${result.errors.slice(0, 5).map((error) => html`<p class="muted">${error.message}</p>`)}`;
