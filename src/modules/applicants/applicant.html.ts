import escapeHtml from 'escape-html';
import type { Language } from '../messages/language.js';
import { dayOf, timeOf } from '../messages/message.texts.js';
import type { Choice } from './applicant.texts.js';

const LOCALES: Readonly<Record<Language, string>> = { en: 'en-GB', cs: 'cs-CZ' };

/** @param at ISO 8601 */
export function momentIn(language: Language, at: string): string {
  return `${dayOf(at, LOCALES[language])}, ${timeOf(at)}`;
}

/** Everything here takes text and gives HTML. */
export function paragraph(text: string): string {
  return `<p>${escapeHtml(text)}</p>`;
}

export function section(title: string, text: string): string {
  return `<h2>${escapeHtml(title)}</h2>\n${paragraph(text)}`;
}

export function facts(pairs: readonly (readonly [what: string, is: string])[]): string {
  const rows = pairs.map(([what, is]) => `<div><dt>${escapeHtml(what)}</dt><dd>${escapeHtml(is)}</dd></div>`);
  return `<dl>\n${rows.join('\n')}\n</dl>`;
}

/** A button for each word. What it means belongs to it for who hears the page, too. The form goes to where the page came from. */
export function choices(words: readonly (readonly [word: string, choice: Choice])[]): string {
  const buttons = words.map(
    ([word, { label, meaning }]) =>
      `<div><button name="word" value="${word}" aria-describedby="${word}-means">${escapeHtml(label)}</button>` +
      `<p id="${word}-means">${escapeHtml(meaning)}</p></div>`,
  );
  return `<form method="post">\n${buttons.join('\n')}\n</form>`;
}

export function done(text: string): string {
  return `<p class="done" role="status">${escapeHtml(text)}</p>`;
}
