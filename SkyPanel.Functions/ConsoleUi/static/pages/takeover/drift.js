// @ts-check
import { html } from '../../vendor/htm-preact.js';
import { search } from '../../api.js';
import { instant, number } from '../../format.js';
import { Card, CustomerLink, When } from '../../parts/basics.js';
import { computed, Exports } from '../../parts/computed.js';
import { table } from '../../parts/table.js';
import { useApp, useLoad } from '../../use.js';

const PATH = '/api/admin/billing/drift';
const MAX_ROWS = 50;

/** Movements of wallets other than this app's debits, refunds and grants. @param {{ query: Record<string, string> }} properties */
export function Drift({ query: { from, to, userId } }) {
  const app = useApp();
  const drift = useLoad(PATH, { from, to, userId, limit: MAX_ROWS }, { refresh: false });
  return computed(drift, 'Comparing the readings of wallets.', (data) => html`
    <p>From ${instant(data.from)} to ${instant(data.to)} UTC, wallets of ${number(data.accountsRead)} ${data.accountsRead === 1 ? 'customer' : 'customers'} were read. An unexplained movement is a top-up in the panel, a change by support, or another engine.</p>
    <${Card} name="By customer, largest first">${table({ caption: 'Drift by customer', empty: 'Every movement is explained.', rows: data.accounts, rowKey: (row) => row.userId, columns: [
      { name: 'Customer', cell: (row) => html`<${CustomerLink} id=${row.userId} name=${row.name} />` },
      { name: 'Readings', isFigure: true, cell: (row) => number(row.readings) },
      { name: 'Raised, tokens', isFigure: true, cell: (row) => number(row.raisedTokens) },
      { name: 'Lowered, tokens', isFigure: true, cell: (row) => number(row.loweredTokens) },
      { name: 'Unexplained, tokens', isFigure: true, cell: (row) => number(row.unexplainedTokens) },
      { name: 'With a note, tokens', isFigure: true, cell: (row) => number(row.notedTokens) },
    ] })}<//>
    <${Card} name="Movements, latest first">${table({ caption: 'Drift by movement', empty: 'No movement is unexplained.', rows: data.movements, rowKey: (row) => `${row.userId} ${row.toAt}`, columns: [
      { name: 'Customer', cell: (row) => html`<${CustomerLink} id=${row.userId} name=${row.name} />` },
      { name: 'Between', cell: (row) => html`<${When} at=${row.fromAt} />` }, { name: 'And', cell: (row) => html`<${When} at=${row.toAt} />` },
      { name: 'Tokens before', isFigure: true, cell: (row) => number(row.tokensBefore) },
      { name: 'Explained', isFigure: true, cell: (row) => number(row.explainedTokens) },
      { name: 'After', isFigure: true, cell: (row) => number(row.tokensAfter) },
      { name: 'Unexplained', isFigure: true, cell: (row) => number(row.unexplainedTokens) },
      { name: 'Note', cell: (row) => row.note && html`<span class="clip" title=${row.note}>${row.note}</span>` },
    ] })}<//>
    <${Exports} app=${app} files=${['accounts', 'movements'].map((list) => [`All ${list} as CSV`, PATH + search({ from, to, userId, format: 'csv', list }), `drift-${list}.csv`])} />`);
}
