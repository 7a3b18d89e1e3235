// @ts-check
import { html } from '../../vendor/htm-preact.js';
import { number } from '../../format.js';
import { Card, CustomerLink, loaded, Money, Tag } from '../../parts/basics.js';
import { Filters } from '../../parts/filters.js';
import { More, table } from '../../parts/table.js';
import { usePages } from '../../use.js';
import { Balance, Runway } from './runway.js';

const STATES = ['ok', 'held', 'in_doubt', 'overdue', 'due', 'suspended'];

/** Lists customers with balance, runway, owed amount and the month's cost. @param {{ query: Record<string, string> }} properties */
export function Customers({ query }) {
  const list = usePages('/api/admin/billing/accounts', { search: query.search, state: query.state, sort: query.sort, limit: 50 }, 'accounts');
  return html`<h1>Customers</h1>
    <${Filters} query=${query} filters=${[
      { name: 'search', label: 'Find', placeholder: 'name, e-mail or id' },
      { name: 'state', label: 'State', options: [['', 'Any'], ...STATES.map((state) => [state, state.replace('_', ' ')])] },
      { name: 'sort', label: 'Sorted by', options: [['', 'id'], ['runway', 'runway, shortest first'], ['owed', 'owed'], ['charges', 'charges this month']] },
    ]} />
    <${Card} name="Customers">${loaded(list, () => html`${table({ caption: 'Customers', empty: 'No customer matches.', rows: list.rows, rowKey: (row) => row.userId, columns: [
      { name: 'Customer', cell: (row) => html`<${CustomerLink} id=${row.userId} name=${row.name} /> <small>${row.userId}</small>` },
      { name: 'Wallet, tokens', isFigure: true, cell: (row) => html`<${Balance} balance=${row.balance} />` },
      { name: 'Available', isFigure: true, cell: (row) => html`<${Money} amount=${row.available} />` },
      { name: 'Runway', isFigure: true, cell: (row) => html`<${Runway} account=${row} />` },
      { name: 'Owed', isFigure: true, cell: (row) => html`<${Money} amount=${row.owed} />` },
      { name: 'This month', isFigure: true, cell: (row) => html`<${Money} amount=${row.netThisMonth} />` },
      { name: 'Servers', isFigure: true, cell: (row) => number(row.servers) },
      { name: 'State', cell: (row) => html`<${Tag} state=${row.state} />` },
    ] })}<${More} list=${list} />`)}<//>`;
}
