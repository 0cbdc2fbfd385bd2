import { readFile } from 'node:fs/promises';
import { Marked } from 'marked';

/** The pages of the partner's guide, each a file of docs/guide. */
export const GUIDE_PAGES = ['modes', 'instant', 'proof', 'consent', 'blind'] as const;
export type GuidePage = (typeof GUIDE_PAGES)[number];

/** The drawings ask for a font of somebody else's server, which the pages may not load anyway. */
const REMOTE_FONT = /@import url\([^)]*\);/g;

const STYLE = `
  body { font: 1rem/1.6 system-ui, sans-serif; color: #1a2330; background: #fff; max-width: 52rem; margin: 0 auto; padding: 1rem 1.25rem 4rem; }
  nav { border-bottom: 1px solid #c9d1db; padding: .75rem 0; margin-bottom: 1.5rem; } nav a { margin-right: 1.25rem; }
  a { color: #0b4a8f; } a[aria-current] { color: inherit; font-weight: 600; text-decoration: none; }
  h1 { font-size: 1.8rem; line-height: 1.2; } code { font: .9em ui-monospace, monospace; background: #f1f4f8; padding: .1em .3em; border-radius: 3px; }
  pre { background: #f1f4f8; padding: 1rem; overflow-x: auto; border-radius: 6px; } pre code { padding: 0; }
  table { border-collapse: collapse; display: block; overflow-x: auto; } th, td { border: 1px solid #c9d1db; padding: .4rem .7rem; text-align: left; vertical-align: top; }
  figure { margin: 1.5rem 0; overflow-x: auto; } svg { max-width: 100%; height: auto; }
`;

/** What a page may load: nothing but its own style. */
export const GUIDE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const pages = new Map<GuidePage, Promise<string>>();

/** A page as HTML, made once. */
export function guidePage(page: GuidePage): Promise<string> {
  const made = pages.get(page) ?? render(page);
  pages.set(page, made);
  return made;
}

async function render(page: GuidePage): Promise<string> {
  // What draws is large, and needed by few.
  const { renderMermaidSVG } = await import('beautiful-mermaid');
  const marked = new Marked({
    // In the repository a page is a file.
    walkTokens: (token) => {
      if (token.type === 'link') token.href = (token.href as string).replace(/\.md$/, '');
    },
    renderer: {
      code({ text, lang }) {
        if (lang !== 'mermaid') return false;
        const drawing = renderMermaidSVG(text, {
          bg: '#ffffff',
          fg: '#1a2330',
          muted: '#3a4656',
          line: '#5b6b7f',
          font: 'system-ui',
        }).replaceAll(REMOTE_FONT, '');
        return `<figure role="img" aria-label="Who calls whom, in order">${drawing}</figure>\n`;
      },
    },
  });
  const body = await marked.parse(await readFile(guideFile(page), 'utf8'));
  const links = GUIDE_PAGES.map((each) => `<a href="${each}"${each === page ? ' aria-current="page"' : ''}>${each}</a>`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page} – Vestibule</title><style>${STYLE}</style></head>
<body><nav aria-label="Guide"><a href="../docs">API</a>${links.join('')}</nav><main>${body}</main></body></html>
`;
}

/** In docs/, beside whatever this runs from: the sources, what is built of them, or a program in one file. */
function guideFile(page: GuidePage): URL {
  const here = import.meta.url;
  const root = ['/src/', '/build/', '/dist/'].map((folder) => here.lastIndexOf(folder)).find((at) => at !== -1);
  return new URL(`${here.slice(0, root)}/docs/guide/${page}.md`);
}
