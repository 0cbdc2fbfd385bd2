import escapeHtml from 'escape-html';
import { type Model, modelsText } from './model.js';
import type { Style } from './report.marks.js';

/** HTML in which everything from elsewhere has been escaped. */
export type Html = string;

export interface Column<Row> {
  readonly title: string;
  /** Plain text. */
  readonly of: (row: Row) => string;
  /** A figure; else a text. */
  readonly isFigure?: boolean;
}

/** The first column names the row. A wide table scrolls within itself, with the keyboard too. @param caption plain text */
export function table<Row>(caption: string, columns: readonly Column<Row>[], rows: readonly Row[]): Html {
  const head = columns.map(({ title, isFigure }) => `<th scope="col"${classOf(isFigure)}>${escapeHtml(title)}</th>`).join('');
  const body = rows.map((row) => {
    const cells = columns.map(({ of, isFigure }, n) => {
      const text = escapeHtml(of(row));
      return n === 0 ? `<th scope="row">${text}</th>` : `<td${classOf(isFigure)}>${text}</td>`;
    });
    return `<tr>${cells.join('')}</tr>`;
  });
  const label = escapeHtml(caption);
  return `<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table><caption>${label}</caption>
<thead><tr>${head}</tr></thead>
<tbody>${body.join('\n')}</tbody></table></div>`;
}

function classOf(isFigure = false): string {
  return isFigure ? ' class="figure"' : '';
}

export function paragraphs(texts: readonly string[]): Html {
  return texts.map((text) => `<p>${escapeHtml(text)}</p>`).join('\n');
}

/** @param body is shown when somebody wants to see it */
export function folded(title: string, body: Html): Html {
  return `<details><summary>${escapeHtml(title)}</summary>\n${body}\n</details>`;
}

export interface Figure {
  readonly key: string;
  readonly title: string;
  /** How to read it. */
  readonly caption: string;
  readonly drawing: Html;
  readonly legend: Html;
  /** The numbers that are drawn. */
  readonly numbers: Html;
  /** Of everything that is drawn. */
  readonly models: readonly Model[];
}

export function figure({ key, title, caption, drawing, legend, numbers, models }: Figure): Html {
  return `<section id="${key}"><h2>${escapeHtml(title)}</h2>
<figure>${legend}${drawing}<figcaption>${escapeHtml(caption)} Model: ${escapeHtml(modelsText(models))}.</figcaption></figure>
${folded('The numbers of this figure', numbers)}</section>`;
}

/** What stands for what. @param as how it is drawn */
export function legend(
  entries: readonly { readonly name: string; readonly style: Style; readonly as: 'line' | 'points' | 'both' }[],
): Html {
  const items = entries.map(({ name, style, as }) => `<li>${swatch(style, as)}${escapeHtml(name)}</li>`);
  return `<ul class="key">${items.join('')}</ul>`;
}

const SHAPES: Readonly<Record<Style['symbol'], string>> = {
  circle: '<circle cx="14" cy="7" r="4.5"/>',
  rect: '<rect x="9.5" y="2.5" width="9" height="9"/>',
  triangle: '<path d="M14 2l5 9.5h-10z"/>',
  diamond: '<path d="M14 2l4.5 5-4.5 5-4.5-5z"/>',
  pin: '<path d="M14 12l-4-6a4 4 0 1 1 8 0z"/>',
  roundRect: '<rect x="9.5" y="2.5" width="9" height="9" rx="2.5"/>',
};

function swatch({ color, dash, symbol }: Style, as: 'line' | 'points' | 'both'): Html {
  const dashes = dash === 'solid' ? '' : ` stroke-dasharray="${dash.join(' ')}"`;
  const stroke = as === 'points' ? '' : `<path d="M0 7h28" stroke="${color}" stroke-width="2"${dashes}/>`;
  const shape = as === 'line' ? '' : `<g fill="${color}">${SHAPES[symbol]}</g>`;
  return `<svg class="swatch" aria-hidden="true" width="28" height="14" viewBox="0 0 28 14">${stroke}${shape}</svg>`;
}
