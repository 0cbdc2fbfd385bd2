import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Language } from '../modules/messages/language.js';
import { languageOf, page, type PageFrame } from './page.js';
import { type Problem, type ProblemCode, problemHeaders } from './problem.js';

/** Links in messages lead here. Whatever goes wrong, a person looks at it. */
const PAGES = /^\/(?:consent|denial)(?:[/?#]|$)/;

/** A path that leads to no page, for whatever reason: they must not be told apart. */
const NO_SUCH_PAGE: ReadonlySet<ProblemCode> = new Set(['NOT_FOUND', 'LEAD_NOT_FOUND', 'URI_TOO_LONG', 'REQUEST_MALFORMED']);

interface ErrorText {
  readonly title: string;
  readonly text: string;
}

const TEXTS: Readonly<Record<Language, { readonly gone: ErrorText; readonly wrong: ErrorText; readonly ours: ErrorText }>> = {
  en: {
    gone: {
      title: 'This link does not work',
      text: 'It may be too old, or a part of it may be missing. Please open it again from our message. If it still does not work, call us or come to a branch.',
    },
    wrong: {
      title: 'That did not work',
      text: 'Nothing was changed. Please open the link from our message again and use the buttons on the page.',
    },
    ours: {
      title: 'We cannot do that right now',
      text: 'That is our fault, not yours. Please open the link from our message again in a few minutes.',
    },
  },
  cs: {
    gone: {
      title: 'Tento odkaz nefunguje',
      text: 'Možná je příliš starý, nebo z něj kus chybí. Otevřete ho prosím z naší zprávy znovu. Pokud nebude fungovat, zavolejte nám nebo přijďte na pobočku.',
    },
    wrong: {
      title: 'To se nepovedlo',
      text: 'Nic se nezměnilo. Otevřete prosím odkaz z naší zprávy znovu a použijte tlačítka na stránce.',
    },
    ours: {
      title: 'Teď to bohužel nejde',
      text: 'Je to naše chyba, ne vaše. Otevřete prosím odkaz z naší zprávy za několik minut znovu.',
    },
  },
};

export const isPagePath = (url: string): boolean => PAGES.test(url);

/** What a browser is shown instead of a problem document. */
export function errorPage(reply: FastifyReply, request: FastifyRequest, frame: PageFrame, problem: Problem): string {
  const isGone = NO_SUCH_PAGE.has(problem.code);
  const status = isGone ? 404 : problem.status;
  void reply.status(status).headers(problemHeaders(problem));
  const language = languageOf(request, frame);
  const { gone, wrong, ours } = TEXTS[language];
  const { title, text } = isGone ? gone : status >= 500 ? ours : wrong;
  return page(reply, frame, language, { title, body: `<p>${text}</p>` });
}
