// @ts-check
/** Every page, by the first part of its address. */
import { Now } from './now/now.js';
import { Runs } from './runs/runs.js';
import { Run } from './runs/run.js';
import { Schedules } from './schedules/schedules.js';
import { Inbox } from './inbox/inbox.js';
import { Customers } from './customers/customers.js';
import { Customer } from './customers/customer.js';
import { Servers } from './servers/servers.js';
import { Server } from './servers/server.js';
import { TakeOver } from './takeover/takeover.js';
import { Forecast } from './forecast/forecast.js';
import { Audit } from './audit/audit.js';
import { Settings } from './settings/settings.js';
import { Doctor } from './doctor/doctor.js';

/** @type {[string, string][]} */
export const MENU = [
  ['now', 'Now'], ['runs', 'Runs'], ['schedules', 'Schedules'], ['inbox', 'Inbox'], ['customers', 'Customers'], ['servers', 'Servers'], ['forecast', 'Forecast'], ['takeover', 'Take-over'],
  ['audit', 'Audit'], ['settings', 'Settings'], ['doctor', 'Doctor'],
];

const LISTS = /** @type {Record<string, Function>} */ ({ now: Now, runs: Runs, schedules: Schedules, inbox: Inbox, customers: Customers, servers: Servers, forecast: Forecast, takeover: TakeOver, audit: Audit, settings: Settings, doctor: Doctor });
const ONES = /** @type {Record<string, [Function, string]>} */ ({ runs: [Run, 'Run'], customers: [Customer, 'Customer'], servers: [Server, 'Server'] });

/** @param {string[]} path @returns {{ page: Function, title: string } | null} */
export function findPage([name = 'now', id]) {
  if (id === undefined) return Object.hasOwn(LISTS, name) ? { page: LISTS[name], title: MENU.find(([key]) => key === name)?.[1] ?? name } : null;
  return Object.hasOwn(ONES, name) && /^\d+$/.test(id) ? { page: ONES[name][0], title: `${ONES[name][1]} ${id}` } : null;
}
