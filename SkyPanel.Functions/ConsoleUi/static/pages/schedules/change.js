// @ts-check
/** @import { Schema } from '../../api.js' */
import { html } from '../../vendor/htm-preact.js';
import { ask } from '../../api.js';
import { money, number, title } from '../../format.js';
import { act } from '../../parts/act.js';
import { Preview } from './schedules.js';
import { inWords } from './words.js';

/** Changes a job's stored settings: one given change, or those of a form. @param {string} name @param {{ enabled: boolean } | null} change @param {Schema<'JobStatus'>} job */
export const changeSettings = (name, change, job) => act({
  title: change ? `${change.enabled ? 'Enable' : 'Disable'} ${title(name)}` : `Change ${title(name)}`,
  will: change ? (change.enabled ? 'It runs by its schedule from its next occurrence on.' : 'It doesn’t run by its schedule any more. A run by hand still works.') : 'Takes effect within a minute. Preview shows the next runs.',
  method: 'PUT', path: `/api/admin/cron/jobs/${name}/settings`, role: 'admin', confirm: change ? (change.enabled ? 'Enable' : 'Disable') : 'Save',
  fields: [
    ...(change ? [] : [
      { name: 'schedule', label: 'Cron expression', value: job.schedule, required: true, help: 'Five fields, minute first, or six, second first.' },
      { name: 'timeZone', label: 'Time zone', value: job.timeZone, required: true, help: 'An IANA name such as UTC or Europe/Berlin.' },
      { name: 'waitsFor', label: 'Waits for', value: job.waitsFor.join(', '), help: 'Jobs that must be up to date first, with commas: backup, maintenance. Empty: none.' },
      ...(name === 'hourly-billing' ? [{ name: 'hoursPerMonth', label: 'Hours per month', type: /** @type {'number'} */ ('number'), value: job.hoursPerMonth, required: true }] : []),
    ]),
    { name: 'note', label: 'Note', type: 'textarea', value: '', maxLength: 500, help: 'Kept in the audit log.' },
  ],
  body: ({ waitsFor, note, hoursPerMonth, ...values }) => ({ ...(change ?? { ...values, waitsFor: waitsFor.split(',').map((/** @type {string} */ one) => one.trim()).filter(Boolean) }),
    ...(hoursPerMonth && { hoursPerMonth: Number(hoursPerMonth) }), ...(note && { note }) }),
  preview: change ? undefined : async (body) => {
    const answer = await ask('/api/admin/cron/validate', { schedule: body.schedule, timeZone: body.timeZone, count: 5 });
    return html`<p>${inWords(body.schedule)}</p><${Preview} answer=${answer} />`;
  },
  done: (answer) => `${title(name)} is ${answer.enabled ? 'on' : 'off'}: ${answer.schedule}, ${answer.timeZone}.`,
});

/** Takes the hourly billing over from the panel's own engine. */
export const takeOver = () => act({
  title: 'Take over hourly billing',
  will: 'From now on this app charges each ended hour and takes tokens. Switch the panel’s own hourly billing off first. Preview is a dry run: it says what would be charged now.',
  method: 'PUT', path: '/api/admin/cron/jobs/hourly-billing/settings', role: 'admin', confirm: 'Take over', danger: true,
  fields: [{ name: 'note', label: 'Note', type: 'textarea', value: 'take-over', required: true, maxLength: 500, help: 'Kept in the audit log.' }],
  body: (values) => ({ enabled: true, note: values.note }),
  preview: async () => {
    const answer = await ask('/api/admin/cron/trigger-hourly-billing', { dryRun: true });
    return 'result' in answer ? html`<${DryRun} result=${answer.result} />` : html`<p>${answer.message}</p>`;
  },
  done: () => 'Hourly billing is taken over.',
});

/** What the next run would charge, and from when on the hours are ours. @param {{ result: Schema<'TriggerResult'> }} properties */
const DryRun = ({ result: { takeOver: ours, ...result } }) => html`<p>A run would charge ${number(result.hoursBilled)} server-hours, ${money(result.totalBilled)}, and take ${number(result.tokensDebited)} tokens; ${number(result.errors.length)} lines to look at.</p>
  ${ours && html`<p>Ours would be ${number(ours.servers)} servers. Of ${number(ours.passedOverServers)} of them ${number(ours.passedOverHours)} hours are passed over: the panel billed them.</p>`}
  ${result.errors.slice(0, 5).map((error) => html`<p class="muted">${error.message}</p>`)}`;
