// @ts-check
/** @import { Schema } from '../api.js' */
import { html, useState } from '../vendor/htm-preact.js';
import { money, words } from '../format.js';
import { Hours } from './hours.js';

const STATES = /** @type {Record<string, string>} */ ({ billable: 'running', disabled: 'not billed', unseen: 'not observed yet' });

/** Lists the servers with this month's cost, and shows the hours of one. @param {{ account: Schema<'OwnAccount'> }} properties */
export function Servers({ account }) {
  const [chosen, setChosen] = useState(/** @type {number | null} */ (null));
  return html`<section class="card" aria-labelledby="servers-title"><h2 id="servers-title">Servers</h2>
    ${account.servers.length === 0 ? html`<p>You have no servers.</p>` : html`<div class="scroll" tabindex="0" role="region" aria-label="Servers"><table>
      <thead><tr><th scope="col">Server</th><th scope="col">State</th><th scope="col" class="n">Price</th><th scope="col" class="n">This month</th><th scope="col"><span class="visually-hidden">Hours</span></th></tr></thead>
      <tbody>${account.servers.map((server) => html`<tr key=${server.serverId}>
        <th scope="row">${server.serverId}${server.plan && html` <small>${server.plan}</small>`}</th><td>${STATES[server.state] ?? words(server.state)}</td>
        <td class="n">${server.price === null ? '–' : `${money(server.price, account.currency)} ${server.isMonthlyPrice ? 'a month' : 'an hour'}`}</td>
        <td class="n">${money(server.netThisMonth, account.currency)}</td>
        <td><button aria-expanded=${chosen === server.serverId} onClick=${() => setChosen(chosen === server.serverId ? null : server.serverId)}>Why<span class="visually-hidden"> did server ${server.serverId} cost this</span>?</button></td></tr>`)}</tbody>
    </table></div>`}
    ${chosen !== null && html`<${Hours} key=${chosen} serverId=${chosen} currency=${account.currency} />`}</section>`;
}
