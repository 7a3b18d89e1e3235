// @ts-check
/** All pages, by the first part of their address. */
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

const LIST_PAGES = /** @type {Record<string, Function>} */ ({ now: Now, runs: Runs, schedules: Schedules, inbox: Inbox, customers: Customers, servers: Servers, forecast: Forecast, takeover: TakeOver, audit: Audit, settings: Settings, doctor: Doctor });
const DETAIL_PAGES = /** @type {Record<string, [Function, string]>} */ ({ runs: [Run, 'Run'], customers: [Customer, 'Customer'], servers: [Server, 'Server'] });

/** @param {string[]} path @returns {{ page: Function, title: string } | null} */
export function findPage([name = 'now', id]) {
  if (id === undefined) return Object.hasOwn(LIST_PAGES, name) ? { page: LIST_PAGES[name], title: MENU.find(([key]) => key === name)?.[1] ?? name } : null;
  return Object.hasOwn(DETAIL_PAGES, name) && /^\d+$/.test(id) ? { page: DETAIL_PAGES[name][0], title: `${DETAIL_PAGES[name][1]} ${id}` } : null;
}
