// @ts-check
import { html } from '../vendor/htm-preact.js';

/**
 * A table of rows. A column: its name, what its cell shows, and whether it is a figure (aligned to the right).
 * @typedef {{ name: string, cell: (row: any) => any, isFigure?: boolean }} Column
 */

/** @param {{ columns: Column[], rows: any[], empty: string, rowKey: (row: any) => string | number, caption: string }} properties */
export function Table({ columns, rows, empty, rowKey, caption }) {
  if (rows.length === 0) return html`<p class="muted empty">${empty}</p>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${caption}><table>
    <caption class="visually-hidden">${caption}</caption>
    <thead><tr>${columns.map((column) => html`<th scope="col" class=${column.isFigure ? 'n' : ''}>${column.name}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr key=${rowKey(row)}>
      ${columns.map((column) => html`<td class=${column.isFigure ? 'n' : ''}>${column.cell(row)}</td>`)}
    </tr>`)}</tbody>
  </table></div>`;
}

/** Asks for the next page of a list. @param {{ list: { cursor: string | null, loadMore: () => void, isLoadingMore: boolean } }} properties */
export const More = ({ list }) =>
  list.cursor ? html`<p class="more"><button onClick=${list.loadMore} disabled=${list.isLoadingMore}>${list.isLoadingMore ? 'Loading…' : 'Show more'}</button></p>` : null;
