// @ts-check
import { html } from '../../vendor/htm-preact.js';
import { Card, CustomerLink, loaded, Money, Price, ServerLink, Tag, When } from '../../parts/basics.js';
import { Filters } from '../../parts/filters.js';
import { More, table } from '../../parts/table.js';
import { usePages } from '../../use.js';

/** Lists servers, all or those with a problem. @param {{ query: Record<string, string> }} properties */
export function Servers({ query }) {
  const list = usePages('/api/admin/billing/servers', { userId: query.userId, state: query.state, problem: query.problem, limit: 50 }, 'servers');
  return html`<h1>Servers</h1>
    <${Filters} query=${query} filters=${[
      { name: 'userId', label: 'Customer', type: 'number' },
      { name: 'state', label: 'State', options: [['', 'Any'], ['billable', 'billable'], ['suspended', 'suspended'], ['building', 'building'], ['disabled', 'disabled'], ['gone', 'gone'], ['unseen', 'never observed']] },
      { name: 'problem', label: 'Problem', options: [['', 'Any'], ['true', 'with a problem'], ['false', 'without']] },
    ]} />
    <${Card} name="Servers">${loaded(list, () => html`${table({ caption: 'Servers', empty: 'No server matches.', rows: list.rows, rowKey: (row) => row.serverId, columns: [
      { name: 'Server', cell: (row) => html`<${ServerLink} id=${row.serverId} />` },
      { name: 'Customer', cell: (row) => row.userId && html`<${CustomerLink} id=${row.userId} name=${row.userName} />` },
      { name: 'State', cell: (row) => html`<${Tag} state=${row.state} />` },
      { name: 'Price', isFigure: true, cell: (row) => html`<${Price} server=${row} />` },
      { name: 'This month', isFigure: true, cell: (row) => html`<${Money} amount=${row.netThisMonth} />` },
      { name: 'Billed until', cell: (row) => (row.billedUntil ? html`<${When} at=${row.billedUntil} />` : 'unknown') },
      { name: 'Problem', cell: (row) => row.problem },
    ] })}<${More} list=${list} />`)}<//>`;
}
