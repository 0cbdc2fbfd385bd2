import { Body, Controller, Get, HttpCode, HttpStatus, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CLOCK, type Clock } from '../../event-sourcing/clock.js';
import { CommandHandling } from '../../event-sourcing/handle-command.js';
import type { Cause } from '../../event-sourcing/message.js';
import { CurrentCause } from '../../http/cause.js';
import { languageOf, page, type PageContent } from '../../http/page.js';
import { Problem } from '../../http/problem.js';
import { Public } from '../access/roles.js';
import type { Language } from '../messages/language.js';
import { AnswerMessage } from '../messages/message.commands.js';
import type { MessageQueued, MessageWord } from '../messages/message.events.js';
import { message, messageOfLink, messageStream, wordsFor } from '../messages/message.js';
import { partnerName } from '../owners/partner-name.js';
import { Keyring } from '../persons/keyring.js';
import { choices, done, facts, momentIn, paragraph } from './applicant.html.js';
import { DenialForm } from './applicant.requests.js';
import { DENIAL_TEXTS } from './applicant.texts.js';

/** How long the link of a message leads anywhere: half a year. */
const OPEN_FOR_MS = 183 * 86_400_000;

/**
 * Where each message of the bank's leads to: "I never spoke to them". What the page shows rests on its own message alone, and not
 * on the lead: else whoever has one of two contacts would see there what was said through the other (I6).
 */
@ApiExcludeController()
@Public()
@Controller('denial')
export class DenialController {
  constructor(
    private readonly bus: CommandBus,
    private readonly commands: CommandHandling,
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
    const { queued, word } = await this.messageOf(token);
    const language = languageOf(request, request.server.pageFrame);
    const partner = await partnerName(this.commands, queued.partner, queued.owner);
    const content = word === undefined ? asking(language, partner, queued) : saying(language, partner, word);
    return page(reply, request.server.pageFrame, language, content);
  }

  @Post(':token')
  @RouteConfig({ form: true })
  @HttpCode(HttpStatus.OK)
  async answer(
    @Param('token') token: string,
    @Body() { word }: DenialForm,
    @CurrentCause() cause: Cause,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const { queued } = await this.messageOf(token);
    await this.bus.execute(new AnswerMessage({ messageId: queued.messageId, word }, cause));
    return this.show(token, request, reply);
  }

  /** @throws Problem `NOT_FOUND`, whatever is wrong with the token */
  private async messageOf(token: string): Promise<{ readonly queued: MessageQueued['data']; readonly word: MessageWord | undefined }> {
    const target = this.keyring.readLinkToken('denial', token);
    const messageId = target && messageOfLink(target.leadId, target.n);
    if (messageId === undefined) throw new Problem('NOT_FOUND');
    const { queued, word } = (await this.commands.load(message, messageStream(messageId))).state;
    if (queued === undefined || this.clock.now() >= Date.parse(queued.at) + OPEN_FOR_MS) throw new Problem('NOT_FOUND');
    return { queued, word };
  }
}

function asking(language: Language, partner: string, { kind, at }: MessageQueued['data']): PageContent {
  const texts = DENIAL_TEXTS[language];
  const words = wordsFor(kind);
  const told = facts([
    [texts.asks, partner],
    [texts.on, momentIn(language, at)],
    [texts.about, texts.what[kind]],
  ]);
  const offered = texts.choices(partner);
  const order = (['in-touch', 'never-spoke'] as const).filter((word) => words.includes(word));
  const hint = words.includes('in-touch') ? [] : [paragraph(texts.nothingToDo)];
  const form = choices(order.map((word) => [word, offered[word]]));
  return { title: texts.title(partner), body: [told, ...hint, form].join('\n') };
}

function saying(language: Language, partner: string, word: MessageWord): PageContent {
  const { title, text } = DENIAL_TEXTS[language].said(partner)[word];
  return { title, body: done(text) };
}
