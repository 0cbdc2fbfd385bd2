import type { Readable } from 'node:stream';
import { Body, Controller, Header, HttpCode, Logger, Post, Req, type StreamableFile } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Cause } from '../../event-sourcing/message.js';
import { CurrentCause } from '../../http/cause.js';
import { Ndjson } from '../../http/ndjson.js';
import { ProblemResponses } from '../../http/problem-responses.js';
import { Replay } from '../../http/replay.js';
import { Roles } from '../access/roles.js';
import { NDJSON, PROGRESS, progressOf } from '../registry/progress-lines.js';
import { RegisterCanary, RetireCanary } from './canary.commands.js';
import type { CanaryRegistered } from './canary.events.js';
import { CanaryImport } from './canary-import.js';
import { registeredCanary, RegisterCanaryRequest, RegisteredCanary, RetireCanaryRequest, RetiredCanary } from './canary.requests.js';

const LINE =
  'One canary a line: `{"person": {…}, "kind": "staff"}`, with `until` where there is one; or `{"person": {…}, "retired": true}`. ' +
  'Lines that were taken in already change nothing: whoever was cut off sends all of them again.';

/**
 * The bank's canaries. They have a system, and a role, of their own: who feeds the register could else take the alarm off before
 * stealing it, who confirms identities before earning by it, and who acts on a hit, or judges it, could lay one.
 */
@ApiTags('bank systems')
@Roles('bank-canaries')
@Controller('v1/canaries')
export class CanaryController {
  private readonly logger = new Logger(CanaryController.name);

  constructor(
    private readonly bus: CommandBus,
    private readonly imports: CanaryImport,
  ) {}

  @Post()
  @HttpCode(200)
  // The response holds nothing but what was asked for: it is the same whether they had been one before or not.
  @Replay((events) => registeredCanary(events.at(-1)?.data as CanaryRegistered['data']))
  @ApiOperation({ summary: 'Register a canary: somebody whom no honest partner can have as an applicant' })
  @ApiOkResponse({ type: RegisteredCanary })
  @ProblemResponses('IDENTIFIER_INVALID')
  async register(@Body() { person, kind, until }: RegisterCanaryRequest, @CurrentCause() cause: Cause): Promise<RegisteredCanary> {
    const said = { kind, ...(until !== undefined && { until }) };
    await this.bus.execute(new RegisterCanary({ person, ...said }, cause));
    return registeredCanary(said);
  }

  @Post('retirement')
  @HttpCode(200)
  @Replay(() => ({ retired: true }))
  @ApiOperation({ summary: 'Retire a canary: an honest partner could have them from now on' })
  @ApiOkResponse({ type: RetiredCanary })
  @ProblemResponses('IDENTIFIER_INVALID')
  async retire(@Body() { person }: RetireCanaryRequest, @CurrentCause() cause: Cause): Promise<RetiredCanary> {
    await this.bus.execute(new RetireCanary({ person }, cause));
    return { retired: true };
  }

  @Post('imports')
  @Ndjson()
  @HttpCode(200)
  @Header('content-type', NDJSON)
  @ApiConsumes(NDJSON)
  @ApiOkResponse(PROGRESS)
  @ApiBody({ schema: { type: 'string', format: 'binary', description: LINE } })
  @ApiOperation({ summary: 'Register and retire many canaries. Streams progress lines.' })
  async import(@CurrentCause() cause: Cause, @Req() request: FastifyRequest): Promise<StreamableFile> {
    const stream = request.body as Readable;
    return progressOf(
      stream,
      (body) => this.imports.run(body, cause),
      (error) => this.logger.error('an import of canaries broke off', error),
    );
  }
}
