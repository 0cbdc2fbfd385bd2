import type { Readable } from 'node:stream';
import { Body, Controller, Get, Header, HttpCode, Logger, Param, Post, Query, Req, type StreamableFile } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Cause } from '../../event-sourcing/message.js';
import { CurrentCause } from '../../http/cause.js';
import { ProblemResponses } from '../../http/problem-responses.js';
import { Replay } from '../../http/replay.js';
import { Roles } from '../access/roles.js';
import { NDJSON, PROGRESS, progressOf } from './progress-lines.js';
import { type ImportProgress, RegisterImport } from './register-import.js';
import { SetLock } from './registry.commands.js';
import { ImportQuery, ImportState, LockStatus, SetLockRequest } from './registry.requests.js';

@ApiTags('bank systems')
@Controller('v1')
export class RegistryController {
  private readonly logger = new Logger(RegistryController.name);

  constructor(
    private readonly imports: RegisterImport,
    private readonly bus: CommandBus,
  ) {}

  @Post('registry/imports')
  @Roles('bank-feed')
  // Safe to repeat by itself: its id and its lines say what has been taken in.
  @RouteConfig({ ndjson: true })
  @HttpCode(200)
  @Header('content-type', NDJSON)
  @ApiConsumes(NDJSON)
  @ApiOkResponse(PROGRESS)
  @ApiBody({ schema: { type: 'string', format: 'binary', description: 'One customer a line' } })
  @ApiOperation({ summary: 'Take in the register, or a part of it; resumes under the same id. Streams progress lines.' })
  @ProblemResponses('IMPORT_RUNNING', 'IMPORT_CONTENT_DIFFERS')
  async import(@Query() query: ImportQuery, @CurrentCause() cause: Cause, @Req() request: FastifyRequest): Promise<StreamableFile> {
    const stream = request.body as Readable;
    const { importId, onError = 'skip' } = query;
    return progressOf(
      stream,
      (body) => this.imports.run({ importId, onError, body, cause }),
      (error) => this.logger.error('an import broke off', error),
    );
  }

  @Get('registry/imports/:importId')
  @Roles('bank-feed')
  @ApiOperation({ summary: 'How far an import is' })
  @ApiOkResponse({ type: ImportState })
  @ProblemResponses('IMPORT_NOT_FOUND')
  progress(@Param('importId') importId: string): Promise<ImportProgress> {
    return this.imports.progress(importId);
  }

  @Post('locks')
  @Roles('bank-identity')
  @HttpCode(200)
  // The decider has nothing to add the second time, and the answer holds nothing but what was asked for.
  @Replay((events) => ({ locked: events.at(-1)?.type === 'MembershipLocked' }))
  @ApiOperation({ summary: "Lock or unlock a person's membership, at their request" })
  @ApiOkResponse({ type: LockStatus })
  @ProblemResponses('IDENTIFIER_INVALID')
  async lock(@Body() { person, locked }: SetLockRequest, @CurrentCause() cause: Cause): Promise<LockStatus> {
    await this.bus.execute(new SetLock({ person, locked }, cause));
    return { locked };
  }
}
