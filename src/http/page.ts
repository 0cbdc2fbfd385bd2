import { createHash } from 'node:crypto';
import accepts from 'accepts';
import escapeHtml from 'escape-html';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Language, LANGUAGES } from '../modules/messages/language.js';

/** What every page shows around what it says. */
export interface PageFrame {
  readonly bankName: string;
  /** Where the browser asks for none that there is. */
  readonly language: Language;
}

export interface PageContent {
  /** Text, not HTML; also the page's heading. */
  readonly title: string;
  /** HTML in which everything from elsewhere has been escaped. */
  readonly body: string;
}

/**
 * Dark on light with at least 7:1, lines of some sixty characters, buttons that a thumb hits (WCAG 2.2, target size), and nothing
 * that moves.
 */
const STYLE = `
:root{color-scheme:light}
*{box-sizing:border-box}
body{margin:0;background:#eef1f5;color:#17202b;font:1.0625rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
header{background:#12324f;color:#fff;border-bottom:4px solid #c8a24a}
header p,main,footer{max-width:38rem;margin:0 auto;padding:1rem 1.25rem}
header p{font-weight:600;font-size:1.125rem}
main{background:#fff;margin:1.5rem auto;padding:1.5rem 1.25rem 2rem;border:1px solid #cfd6df;border-radius:.5rem}
@media(max-width:40rem){main{margin:0;border-width:0 0 1px;border-radius:0}}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 1rem;overflow-wrap:anywhere}
p{margin:0 0 1rem;overflow-wrap:anywhere}
dl{margin:0 0 1.5rem;border-top:1px solid #cfd6df}
dl div{display:flex;flex-wrap:wrap;gap:0 1rem;padding:.5rem 0;border-bottom:1px solid #cfd6df}
dt{flex:0 0 9rem;color:#3d4a5a}
dd{flex:1 1 14rem;margin:0;overflow-wrap:anywhere}
dl div:first-child dd{font-weight:600}
h2{font-size:1.125rem;margin:0 0 .25rem}
form>div{margin:0 0 1.25rem}
form>div:last-child,main>p:last-child{margin-bottom:0}
form p{margin:.375rem 0 0;font-size:1rem;color:#3d4a5a}
button{display:block;width:100%;min-height:3rem;padding:.625rem 1rem;border:2px solid #12324f;border-radius:.375rem;background:#fff;color:#12324f;font:inherit;font-weight:600;text-align:left;cursor:pointer}
button:hover{text-decoration:underline}
:focus-visible{outline:3px solid #b3541e;outline-offset:3px}
a{color:#0b4a8f}
footer{color:#3d4a5a;font-size:.9375rem}
footer a{display:inline-block;padding:.5rem 0}
.done{border-left:.375rem solid #1d6b3a;padding:.25rem 0 .25rem 1rem}
`;

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** No script, nothing from elsewhere, in nobody's frame; the address, which is a secret, goes to nobody. */
const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'x-robots-tag': 'noindex, nofollow',
  vary: 'Accept-Language',
};

const WORDS: Readonly<Record<Language, { readonly name: string; readonly note: string }>> = {
  en: { name: 'English', note: 'This page never asks for a password, a code or a card number.' },
  cs: { name: 'Čeština', note: 'Tato stránka po vás nikdy nechce heslo, kód ani číslo karty.' },
};

/** The language of `?lang=`, or else the one that the browser prefers of those that there are. */
export function languageOf(request: FastifyRequest, { language }: PageFrame): Language {
  const asked = new URLSearchParams(request.url.split('?')[1] ?? '').get('lang');
  const chosen = LANGUAGES.find((each) => each === asked);
  const offered = [language, ...LANGUAGES.filter((each) => each !== language)];
  const preferred = accepts(request.raw).languages(offered);
  return chosen ?? offered.find((each) => each === preferred) ?? language;
}

/** A whole page; its headers are set on the reply. */
export function page(reply: FastifyReply, frame: PageFrame, language: Language, { title, body }: PageContent): string {
  void reply.headers({ ...PAGE_HEADERS, 'content-language': language });
  const bank = escapeHtml(frame.bankName);
  const others = LANGUAGES.filter((each) => each !== language).map(
    (each) => `<a href="?lang=${each}" hreflang="${each}" lang="${each}">${WORDS[each].name}</a>`,
  );
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} – ${bank}</title>
<style>${STYLE}</style>
</head>
<body>
<header><p>${bank}</p></header>
<main>
<h1>${escapeHtml(title)}</h1>
${body}
</main>
<footer>
<p>${WORDS[language].note}</p>
<p>${others.join(' ')}</p>
</footer>
</body>
</html>
`;
}
