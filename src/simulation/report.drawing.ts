import type { EChartsOption } from 'echarts';
import escapeHtml from 'escape-html';

/** Of a drawing, in CSS pixels. A phone gets one of its own, or its letters would be too small to read. */
export const SIZES = { wide: { width: 960, height: 560 }, narrow: { width: 340, height: 440 } } as const;
export type Size = keyof typeof SIZES;

/** What is drawn, with colours as CSS variables of the page, so that it follows light and dark. */
export type Plot = (size: Size) => EChartsOption;

/**
 * The plot as SVG elements to stand in an HTML page, one for each size, of which the page shows one. They hold no script, no style
 * sheet and no address.
 *
 * @param key of the figure; unlike any other's of the page
 * @param description what there is to see, for whoever does not see it
 */
export async function drawn(key: string, description: string, plot: Plot): Promise<string> {
  // Large, and needed by few.
  const { init } = await import('echarts');
  const sizes = Object.keys(SIZES) as readonly Size[];
  const drawings = sizes.map((size) => {
    const { width, height } = SIZES[size];
    const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
    try {
      chart.setOption({ animation: false, textStyle: { fontFamily: 'system-ui, sans-serif', color: 'var(--ink)' }, ...plot(size) });
      return embedded(chart.renderToSVGString(), { prefix: `${key}-${size}`, size, description });
    } finally {
      // Otherwise it keeps the process waiting for ever.
      chart.dispose();
    }
  });
  return drawings.join('\n');
}

/** Without what serves a script that is not there, and with names that no other drawing of the page has. */
function embedded(svg: string, { prefix, size, description }: { prefix: string; size: Size; description: string }): string {
  const { width, height } = SIZES[size];
  const opening = `<svg class="${size}" role="img" aria-label="${escapeHtml(description)}" viewBox="0 0 ${width} ${height}">`;
  return svg
    .replace(/^<svg[^>]*>/, () => opening)
    .replaceAll(/<style[^>]*>.*?<\/style>/gs, '')
    .replaceAll(/ (?:ecmeta_\w+|class)="(?!wide"|narrow")[^"]*"/g, '')
    .replaceAll(/(id="|url\(#)zr\d+-/g, (_, before: string) => `${before}${prefix}-`);
}
