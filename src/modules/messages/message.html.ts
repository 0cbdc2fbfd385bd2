import escapeHtml from 'escape-html';
import { BETWEEN_LANGUAGES, type MessageText } from './message.texts.js';

const LINK = /^https?:\/\/\S+$/;

/** The text as simple HTML: its paragraphs, and what is nothing but a link as one. */
export function messageHtml({ subject, text, languages }: MessageText): string {
  const parts = text.split(BETWEEN_LANGUAGES);
  const sections = parts.map((part, place) => `<div lang="${languages[place] ?? 'en'}">\n${paragraphs(part)}\n</div>`);
  return [
    '<!doctype html>',
    `<html lang="${languages[0] ?? 'en'}">`,
    `<head><meta charset="utf-8"><title>${escapeHtml(subject)}</title></head>`,
    '<body style="max-width:36em;font:16px/1.5 sans-serif">',
    sections.join('\n<hr>\n'),
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function paragraphs(text: string): string {
  const inner = (paragraph: string): string =>
    LINK.test(paragraph) ? `<a href="${escapeHtml(paragraph)}">${escapeHtml(paragraph)}</a>` : escapeHtml(paragraph);
  return text
    .split('\n\n')
    .map((paragraph) => `<p>${inner(paragraph)}</p>`)
    .join('\n');
}
