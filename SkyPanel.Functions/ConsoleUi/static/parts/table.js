// @ts-check
import { html } from '../vendor/htm-preact.js';

/** @template R @typedef {{ name: string, cell: (row: R) => unknown, isFigure?: boolean }} Column Figures are aligned to the right. */

/** A table of rows. @template R @param {{ columns: Column<R>[], rows: readonly R[], empty: string, rowKey: (row: R) => string | number, caption: string }} properties */
export function table({ columns, rows, empty, rowKey, caption }) {
  if (rows.length === 0) return html`<p class="muted empty">${empty}</p>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${caption}><table>
    <caption class="visually-hidden">${caption}</caption>
    <thead><tr>${columns.map((column) => html`<th scope="col" class=${column.isFigure ? 'n' : ''}>${column.name}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr key=${rowKey(row)}>
      ${columns.map((column) => html`<td class=${column.isFigure ? 'n' : ''}>${column.cell(row)}</td>`)}
    </tr>`)}</tbody>
  </table></div>`;
}

/** A button that loads the next page of a list. @param {{ list: import('../use.js').Pages }} properties */
export const More = ({ list }) =>
  list.cursor ? html`<p class="more"><button onClick=${list.loadMore} disabled=${list.isLoadingMore}>${list.isLoadingMore ? 'Loading…' : 'Show more'}</button></p>` : null;
