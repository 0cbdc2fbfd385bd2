import { Body, Controller, Get, Inject, Module, Param, Post, type OnModuleInit } from '@nestjs/common';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Type } from 'class-transformer';
import { IsInt, IsObject, IsOptional, IsString, Length, Max, Min, ValidateNested } from 'class-validator';
import type { Readable } from 'node:stream';
import { type Decider, DomainError } from '../../src/event-sourcing/decider.js';
import { UnknownOutcome } from '../../src/event-sourcing/event-store.js';
import { CommandHandling } from '../../src/event-sourcing/handle-command.js';
import type { Cause, Fact, RecordedEvent } from '../../src/event-sourcing/message.js';
import type { Process } from '../../src/event-sourcing/process.js';
import { Subscriptions } from '../../src/event-sourcing.subscriptions.js';
import { CurrentCause } from '../../src/http/cause.js';
import { Ndjson } from '../../src/http/ndjson.js';
import { ProblemResponses } from '../../src/http/problem-responses.js';
import { Replay } from '../../src/http/replay.js';
import { CurrentClient, Public, Roles, type AuthenticatedClient } from '../../src/modules/access/roles.js';

// A small business of its own: parcels are sent and, by a process, stamped. It stands in for the modules, so that what is
// tested here is the boundary alone.

type ParcelSent = Fact<'ParcelSent', { id: string; to: string; grams: number; at: string }>;
type ParcelStamped = Fact<'ParcelStamped', { id: string }>;
type ParcelEvent = ParcelSent | ParcelStamped;
type ParcelCommand =
  | { readonly type: 'SendParcel'; readonly data: ParcelSent['data'] }
  | { readonly type: 'StampParcel'; readonly data: { readonly id: string } };

interface ParcelState {
  sent: boolean;
  stamped: boolean;
}

const parcel: Decider<ParcelState, ParcelCommand, ParcelEvent> = {
  name: 'parcel',
  version: 1,
  initial: () => ({ sent: false, stamped: false }),
  evolve: (state, event) => (event.type === 'ParcelSent' ? { ...state, sent: true } : { ...state, stamped: true }),
  decide: (state, command) => {
    switch (command.type) {
      case 'SendParcel':
        if (state.sent) throw new DomainError('ALREADY_EXISTS', 'sent before');
        return [{ type: 'ParcelSent', data: command.data }];
      case 'StampParcel':
        return state.stamped ? [] : [{ type: 'ParcelStamped', data: command.data }];
    }
  },
};

class SendParcel {
  readonly type = 'SendParcel';
  constructor(
    readonly data: { readonly id: string; readonly to: string; readonly grams: number },
    readonly cause: Cause,
  ) {}
}

class StampParcel {
  readonly type = 'StampParcel';
  constructor(
    readonly data: { readonly id: string },
    readonly cause: Cause,
  ) {}
}

/** Lets a test hold commands back, to look at what happens meanwhile. */
export class Brake {
  private gate: Promise<void> = Promise.resolve();
  entered = 0;

  hold(): () => void {
    let release: () => void = () => {};
    this.gate = new Promise((resolve) => (release = resolve));
    return release;
  }

  async pass(): Promise<void> {
    this.entered += 1;
    await this.gate;
  }
}

@CommandHandler(SendParcel)
class SendParcelHandler implements ICommandHandler<SendParcel> {
  constructor(
    private readonly commands: CommandHandling,
    @Inject(Brake) private readonly brake: Brake,
  ) {}

  async execute({ data, cause }: SendParcel): Promise<readonly RecordedEvent[]> {
    await this.brake.pass();
    const { events } = await this.commands.handle(parcel, `parcel-${data.id}`, cause, (_, { now }): ParcelCommand => ({
      type: 'SendParcel',
      data: { ...data, at: new Date(now).toISOString() },
    }));
    return events;
  }
}

@CommandHandler(StampParcel)
class StampParcelHandler implements ICommandHandler<StampParcel> {
  constructor(private readonly commands: CommandHandling) {}

  async execute({ data, cause }: StampParcel): Promise<unknown> {
    return this.commands.handle(parcel, `parcel-${data.id}`, cause, (): ParcelCommand => ({ type: 'StampParcel', data }));
  }
}

const stampParcels: Process<{ id: string }, ParcelEvent, { type: 'StampParcel'; data: { id: string } }> = {
  name: 'stamp-parcels',
  version: 1,
  handles: ['ParcelSent', 'ParcelStamped'],
  key: ({ data }) => data.id,
  evolve: (_, event) => (event.type === 'ParcelSent' ? { id: event.data.id } : undefined),
  owed: (data) => ({ commands: [{ type: 'StampParcel', data }] }),
};

class Place {
  @IsString()
  @Length(1, 40)
  readonly street!: string;
}

class SendRequest {
  @IsString()
  @Length(1, 40)
  readonly id!: string;

  @IsString()
  @Length(1, 40)
  readonly to!: string;

  @IsInt()
  @Min(1)
  @Max(30_000)
  readonly grams!: number;

  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => Place)
  readonly place?: Place;
}

const sent = ([event]: readonly RecordedEvent[]): object => {
  const { id, at } = event?.data as ParcelSent['data'];
  return { id, at, receipt: event?.id };
};

@Roles('partner')
@Controller('v1/parcels')
class ParcelController {
  constructor(private readonly bus: CommandBus) {}

  @Post()
  @Replay(sent)
  @ProblemResponses('ALREADY_EXISTS')
  async send(@Body() body: SendRequest, @CurrentCause() cause: Cause): Promise<object> {
    return sent(await this.bus.execute(new SendParcel(body, cause)));
  }

  @Post('lines')
  @Ndjson()
  async lines(@Body() body: Readable): Promise<object> {
    let bytes = 0;
    for await (const chunk of body) bytes += (chunk as Buffer).length;
    return { bytes };
  }

  @Post('failures/:kind')
  async fail(@Param('kind') kind: string): Promise<never> {
    if (kind === 'unknown-outcome') throw new UnknownOutcome('the append was not confirmed');
    if (kind === 'lapsed') throw new DomainError('LEAD_LAPSED', 'too late');
    if (kind === 'pace') throw new DomainError('PACE_EXCEEDED', 'too fast', 61.2);
    if (kind === 'undeclared') throw new DomainError('NO_SUCH_CODE', 'never declared');
    throw new Error('the secret of Jana Novotná');
  }

  @Get('whoami')
  whoAmI(@CurrentClient() client: AuthenticatedClient): object {
    return client;
  }

  @Get(':id')
  find(@Param('id') id: string): object {
    return { id };
  }

  /** A path of its own beside a parameter: its 405 must not cover the other's GET. */
  @Post('export')
  export(): object {
    return {};
  }
}

@Controller('v1/forgotten')
class ForgottenController {
  @Get()
  forgotten(): object {
    return { secret: true };
  }
}

@Public()
@Controller('v1/open')
class OpenController {
  @Get()
  open(): object {
    return { open: true };
  }

  @Roles('auditor')
  @Get('audited')
  audited(): object {
    return { audited: true };
  }
}

@Module({
  controllers: [ParcelController, ForgottenController, OpenController],
  providers: [Brake, SendParcelHandler, StampParcelHandler],
})
export class ParcelModule implements OnModuleInit {
  constructor(private readonly subscriptions: Subscriptions) {}

  onModuleInit(): void {
    this.subscriptions.addProcess(stampParcels);
  }
}
