import { Body, Controller, Get, HttpCode, HttpStatus, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CLOCK, type Clock } from '../../event-sourcing/clock.js';
import { DomainError } from '../../event-sourcing/decider.js';
import { CommandHandling } from '../../event-sourcing/handle-command.js';
import type { Cause } from '../../event-sourcing/message.js';
import { CurrentCause } from '../../http/cause.js';
import { languageOf, page, type PageContent } from '../../http/page.js';
import { Problem } from '../../http/problem.js';
import { Public } from '../access/roles.js';
import { AnswerConsent } from '../consent/consent.commands.js';
import { CONSENT_WITHIN_MS, isAnswerable } from '../leads/lead-consent.js';
import { LeadLookup } from '../leads/lead-lookup.js';
import type { ConsentWord } from '../leads/lead.events.js';
import { lead } from '../leads/lead.js';
import { leadNumber } from '../leads/lead.state.js';
import type { Language } from '../messages/language.js';
import { purposeIn } from '../messages/message.texts.js';
import { partnerName } from '../owners/partner-name.js';
import { Keyring } from '../persons/keyring.js';
import { choices, done, facts, momentIn, paragraph, section } from './applicant.html.js';
import { ConsentForm } from './applicant.requests.js';
import { CONSENT_TEXTS } from './applicant.texts.js';

/** How long the link leads anywhere; the word itself is awaited for minutes only. */
const OPEN_FOR_MS = 183 * 86_400_000;

/** A request for consent as its page shows it: nothing of what was found out of anybody. */
interface Asked {
  readonly leadId: string;
  readonly ask: number;
  readonly partner: string;
  readonly owner: string;
  readonly purpose: string;
  /** ISO 8601. */
  readonly at: string;
  readonly expiresAt: string;
  readonly word: ConsentWord | undefined;
  readonly isOver: boolean;
}

/** The applicant's page: who asks, why, what will be told; and their word. */
@ApiExcludeController()
@Public()
@Controller('consent')
export class ConsentPageController {
  constructor(
    private readonly bus: CommandBus,
    private readonly commands: CommandHandling,
    private readonly leads: LeadLookup,
    private readonly keyring: Keyring,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Mail scanners follow links: it only shows. */
  @Get(':token')
  async show(
    @Param('token') token: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    return this.shown(await this.askedBy(token), request, reply);
  }

  @Post(':token')
  @RouteConfig({ form: true })
  @HttpCode(HttpStatus.OK)
  async answer(
    @Param('token') token: string,
    @Body() { word }: ConsentForm,
    @CurrentCause() cause: Cause,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const { leadId, ask } = await this.askedBy(token);
    await this.bus.execute(new AnswerConsent({ leadId, ask, word }, cause)).catch(unlessOver);
    const asked = await this.askedBy(token);
    // Whoever never spoke to the partner is heard when the question is over, too, and then no word stands on it.
    return this.shown(word === 'denied' ? { ...asked, word: asked.word ?? word } : asked, request, reply);
  }

  private async shown(asked: Asked, request: FastifyRequest, reply: FastifyReply): Promise<string> {
    const frame = request.server.pageFrame;
    const language = languageOf(request, frame);
    const partner = await partnerName(this.commands, asked.partner, asked.owner);
    return page(reply, frame, language, contentOf(language, partner, asked));
  }

  /** @throws Problem `NOT_FOUND`, whatever is wrong with the token */
  private async askedBy(token: string): Promise<Asked> {
    const target = this.keyring.readLinkToken('consent', token);
    if (target === undefined) throw new Problem('NOT_FOUND');
    const { leadId, n: ask } = target;
    const { stream, number } = this.leads.byId(leadId);
    const now = this.clock.now();
    const own = leadNumber((await this.commands.load(lead, stream)).state, number);
    const asked = own?.asks[ask - 1];
    if (own === undefined || asked === undefined || now >= asked.expiresAt + OPEN_FOR_MS) throw new Problem('NOT_FOUND');
    const { partner, owner, purpose } = own.opening;
    const [at, expiresAt] = [asked.expiresAt - CONSENT_WITHIN_MS, asked.expiresAt].map((time) => new Date(time).toISOString()) as [
      string,
      string,
    ];
    const isOver = asked.used || !isAnswerable(own, ask, now);
    return { leadId, ask, partner, owner, purpose, at, expiresAt, word: asked.word, isOver };
  }
}

function unlessOver(error: unknown): void {
  if (!(error instanceof DomainError && error.code === 'CONSENT_OVER')) throw error;
}

function contentOf(language: Language, partner: string, { word, isOver, purpose, at, expiresAt }: Asked): PageContent {
  const texts = CONSENT_TEXTS[language];
  const offered = texts.choices(partner);
  if (word !== undefined) {
    const { title, text } = texts.said(partner)[word];
    return { title, body: done(text) };
  }
  const who: [string, string][] = [
    [texts.asks, partner],
    [texts.on, momentIn(language, at)],
    [texts.why, purposeIn(language, purpose)],
  ];
  if (isOver) {
    const { title, text } = texts.over(partner);
    return { title, body: [facts(who), paragraph(text), choices([['denied', offered.denied]])].join('\n') };
  }
  const words = ['given', 'refused', 'denied'] as const;
  const known = facts([...who, [texts.until, momentIn(language, expiresAt)]]);
  const told = section(texts.told, texts.what(partner));
  return { title: texts.title(partner), body: [known, told, choices(words.map((each) => [each, offered[each]]))].join('\n') };
}
