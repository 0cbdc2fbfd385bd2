import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Logger } from 'pino';
import { CLOCK, type Clock, SystemClock } from '../../event-sourcing/clock.js';
import { Deadline } from '../../event-sourcing/deadline.js';
import { CommandHandling, type Handled } from '../../event-sourcing/handle-command.js';
import { LOGGER } from '../../observability/logger.js';
import { VaultUnavailable } from '../persons/key-vault.js';
import { NoteSeal } from '../persons/note-seal.js';
import { streamSubject } from '../persons/person-subject.js';
import { HaltGate, ReopenGate, TrustClock } from './gate.commands.js';
import type { GateEvent } from './gate.events.js';
import { gate, GATE_STREAM, type GateCommand } from './gate.js';

/** How long a command to the gate waits for the note's key, which may be a disk or a server that hangs. */
const SEALED_WITHIN_MS = 1_000;
const notInTime = (): Error => new VaultUnavailable('no answer in time');

abstract class OnGate {
  constructor(
    protected readonly commands: CommandHandling,
    private readonly notes: NoteSeal,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** A halt must neither fail nor wait for want of a key: then it goes without the note. */
  protected async sealed(note: string | undefined): Promise<{ sealed?: string }> {
    try {
      return await new Deadline(SEALED_WITHIN_MS).wait(this.notes.seal(streamSubject(GATE_STREAM), note), notInTime);
    } catch (err) {
      this.logger.warn({ err }, 'a note to the gate was not kept: it cannot be sealed');
      return {};
    }
  }
}

@CommandHandler(HaltGate)
export class HaltGateHandler extends OnGate implements ICommandHandler<HaltGate> {
  execute({ type, data: { note, ...data }, cause }: HaltGate): Promise<Handled<GateEvent>> {
    return this.commands.handle(gate, GATE_STREAM, cause, async (_state, { now }): Promise<GateCommand> => ({
      type,
      data: { ...data, ...(await this.sealed(note)), at: iso(now) },
    }));
  }
}

@CommandHandler(ReopenGate)
export class ReopenGateHandler extends OnGate implements ICommandHandler<ReopenGate> {
  execute({ type, data: { note, ...data }, cause }: ReopenGate): Promise<Handled<GateEvent>> {
    return this.commands.handle(gate, GATE_STREAM, cause, async (_state, { now }): Promise<GateCommand> => ({
      type,
      data: { ...data, ...(await this.sealed(note)), at: iso(now) },
    }));
  }
}

/** The clock is trusted first, for without it nothing can be decided; then it is on record who vouched for it. */
@CommandHandler(TrustClock)
export class TrustClockHandler extends OnGate implements ICommandHandler<TrustClock> {
  constructor(
    commands: CommandHandling,
    notes: NoteSeal,
    @Inject(LOGGER) logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    super(commands, notes, logger);
  }

  execute({ type, data: { note, ...data }, cause }: TrustClock): Promise<Handled<GateEvent>> {
    const clock = this.clock instanceof SystemClock ? this.clock : undefined;
    const jump = clock?.distrusted?.by;
    clock?.trust();
    return this.commands.handle(gate, GATE_STREAM, cause, async (_state, { now }): Promise<GateCommand> => ({
      type,
      data: { ...data, ...(await this.sealed(note)), ...(jump === undefined ? {} : { jump }), at: iso(now) },
    }));
  }
}

function iso(now: number): string {
  return new Date(now).toISOString();
}
