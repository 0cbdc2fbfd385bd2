import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiExcludeController } from '@nestjs/swagger';
import escapeHtml from 'escape-html';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CONFIG, type Config } from '../config.js';
import { page } from '../http/page.js';
import { Problem } from '../http/problem.js';
import { Public } from '../modules/access/roles.js';
import { AskLatestMessages } from '../queries/bank-messages.controller.js';

const SHOWN = 50;
const LINK = /^https?:\/\/\S+$/;
const LOOPBACK = /^(?:::1|(?:::ffff:)?127(?:\.\d{1,3}){3})$/;

interface Content {
  readonly to?: { readonly email?: string; readonly phone?: string };
  readonly subject?: string;
  readonly text?: string;
}

/**
 * The mailbox of everybody in a sandbox, for whoever sits at the machine: what a message says, and its links to press. In a sandbox
 * only, whose people are made up; and not for pages of other sites that this browser is also at.
 */
@ApiExcludeController()
@Public()
@Controller('outbox')
export class OutboxController {
  constructor(
    private readonly bus: QueryBus,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get()
  async show(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    if (!this.isAtTheMachine(request)) throw new Problem('NOT_FOUND');
    const messages = await this.bus.execute(new AskLatestMessages({ limit: SHOWN }));
    const listed = messages.map(({ kind, status, queuedAt, content }) => article(kind, status, queuedAt, content as Content | null));
    const body = listed.length === 0 ? '<p>Nobody has been written to yet. Try <code>npm run demo</code>.</p>' : listed.join('\n');
    return page(reply, request.server.pageFrame, 'en', { title: 'Messages of this sandbox', body });
  }

  /** By its address, and by the name that the browser asks for: another site's may be made to lead here. */
  private isAtTheMachine(request: FastifyRequest): boolean {
    const names = ['localhost', '127.0.0.1', '[::1]', new URL(this.config.publicUrl).hostname];
    const { host = '' } = request.headers;
    const asked = URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : '';
    return LOOPBACK.test(request.ip) && names.includes(asked);
  }
}

function article(kind: string, status: string, queuedAt: string, content: Content | null): string {
  const { to = {}, subject = '(erased)', text = '' } = content ?? {};
  const address = [to.email, to.phone].filter((each) => each !== undefined).join(', ') || 'an address that nobody knows';
  const paragraphs = text
    .split('\n\n')
    .filter(Boolean)
    .map((each) => (LINK.test(each) ? `<p><a href="${escapeHtml(each)}">${escapeHtml(each)}</a></p>` : `<p>${escapeHtml(each)}</p>`));
  return `<article>
<h2>${escapeHtml(subject)}</h2>
<p><small>${escapeHtml(`${kind}, ${status}, ${queuedAt}, to ${address}`)}</small></p>
${paragraphs.join('\n')}
<hr>
</article>`;
}
