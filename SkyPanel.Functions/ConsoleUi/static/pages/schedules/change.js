// @ts-check
import { html } from '../../vendor/htm-preact.js';
import { send } from '../../api.js';
import { title } from '../../format.js';
import { Preview } from './schedules.js';
import { inWords } from './words.js';

/** Changes a job's stored settings: one given change, or those of a form. @param {string} name @param {{ enabled: boolean } | null} change @param {any} [job] @returns {import('../../parts/act.js').Act} */
export const changeSettings = (name, change, job) => ({
  title: change ? `${change.enabled ? 'Enable' : 'Disable'} ${title(name)}` : `Change ${title(name)}`,
  will: change ? (change.enabled ? 'It runs by its schedule from its next occurrence on.' : 'It doesn’t run by its schedule any more. A run by hand still works.') : 'Takes effect within a minute. Preview shows the next runs.',
  method: 'PUT', path: `/api/admin/cron/jobs/${name}/settings`, role: 'admin', confirm: change ? (change.enabled ? 'Enable' : 'Disable') : 'Save',
  fields: [
    ...(change ? [] : [
      { name: 'schedule', label: 'Cron expression', value: job.schedule, required: true, help: 'Five fields, minute first, or six, second first.' },
      { name: 'timeZone', label: 'Time zone', value: job.timeZone, required: true, help: 'An IANA name such as UTC or Europe/Berlin.' },
      ...(name === 'hourly-billing' ? [{ name: 'hoursPerMonth', label: 'Hours per month', type: /** @type {'number'} */ ('number'), value: job.hoursPerMonth, required: true, toBody: Number }] : []),
    ]),
    { name: 'note', label: 'Note', type: 'textarea', value: '', maxLength: 500, help: 'Kept in the audit log.' },
  ],
  body: change ? (values) => ({ ...change, ...(values.note ? { note: values.note } : {}) }) : undefined,
  preview: change ? undefined : async (body) => {
    const answer = await send('POST', '/api/admin/cron/validate', { schedule: body.schedule, timeZone: body.timeZone, count: 5 });
    return html`<p>${inWords(body.schedule)}</p><${Preview} answer=${answer} />`;
  },
  done: (answer) => `${title(name)} is ${answer.enabled ? 'on' : 'off'}: ${answer.schedule}, ${answer.timeZone}.`,
});

/** Takes the hourly billing over from the panel's own engine. @returns {import('../../parts/act.js').Act} */
export const takeOver = () => ({
  title: 'Take over hourly billing',
  will: 'From now on this app charges each ended hour and takes tokens. Switch the panel’s own hourly billing off first. Preview is a dry run: it says what would be charged now.',
  method: 'PUT', path: '/api/admin/cron/jobs/hourly-billing/settings', role: 'admin', confirm: 'Take over', danger: true,
  fields: [{ name: 'note', label: 'Note', type: 'textarea', value: 'take-over', required: true, maxLength: 500, help: 'Kept in the audit log.' }],
  body: (values) => ({ enabled: true, note: values.note }),
  preview: async () => {
    const { result } = await send('POST', '/api/admin/cron/trigger-hourly-billing', { dryRun: true });
    return html`<p>Would charge ${result.hoursBilled} hours, ${result.totalBilled}, ${result.tokensDebited} tokens; ${result.errors.length} lines to look at.</p>`;
  },
  done: () => 'Hourly billing is taken over.',
});
