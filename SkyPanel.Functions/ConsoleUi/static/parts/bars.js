// @ts-check
import { html } from '../vendor/htm-preact.js';

const WIDTH = 20;
const HEIGHT = 80;

/** A bar for each day; expected ones are hollow. Hidden from screen readers, since the text and table beside it have the figures. @param {{ bars: { key: string, value: number, isExpected: boolean }[] }} properties */
export function Bars({ bars }) {
  const highest = Math.max(...bars.map((bar) => bar.value), 0) || 1;
  return html`<svg class="bars" viewBox=${`0 0 ${bars.length * WIDTH} ${HEIGHT + 14}`} aria-hidden="true">${bars.map((bar, i) => {
    const height = Math.max(0, (bar.value / highest) * HEIGHT);
    return html`<g key=${bar.key}><rect class=${bar.isExpected ? 'expected' : ''} x=${i * WIDTH + 2} y=${(HEIGHT - height).toFixed(1)} width=${WIDTH - 4} height=${height.toFixed(1)} />
      <text x=${i * WIDTH + WIDTH / 2} y=${HEIGHT + 12}>${Number(bar.key.slice(-2))}</text></g>`;
  })}</svg>`;
}
