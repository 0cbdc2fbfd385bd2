import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CLOCK, type Clock, SystemClock } from '../../event-sourcing/clock.js';
import { CommandHandling, type Handled } from '../../event-sourcing/handle-command.js';
import { HaltGate, ReopenGate, TrustClock } from './gate.commands.js';
import type { GateEvent } from './gate.events.js';
import { gate, GATE_STREAM, type GateCommand } from './gate.js';

@CommandHandler(HaltGate)
export class HaltGateHandler implements ICommandHandler<HaltGate> {
  constructor(private readonly commands: CommandHandling) {}

  execute({ type, data, cause }: HaltGate): Promise<Handled<GateEvent>> {
    return this.commands.handle(gate, GATE_STREAM, cause, (_state, { now }): GateCommand => ({ type, data: { ...data, at: iso(now) } }));
  }
}

@CommandHandler(ReopenGate)
export class ReopenGateHandler implements ICommandHandler<ReopenGate> {
  constructor(private readonly commands: CommandHandling) {}

  execute({ type, data, cause }: ReopenGate): Promise<Handled<GateEvent>> {
    return this.commands.handle(gate, GATE_STREAM, cause, (_state, { now }): GateCommand => ({ type, data: { ...data, at: iso(now) } }));
  }
}

/** The clock is trusted first, for without it nothing can be decided; then it is on record who vouched for it. */
@CommandHandler(TrustClock)
export class TrustClockHandler implements ICommandHandler<TrustClock> {
  constructor(
    private readonly commands: CommandHandling,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  execute({ type, data, cause }: TrustClock): Promise<Handled<GateEvent>> {
    const clock = this.clock instanceof SystemClock ? this.clock : undefined;
    const jump = clock?.distrusted?.by;
    clock?.trust();
    return this.commands.handle(gate, GATE_STREAM, cause, (_state, { now }): GateCommand => ({
      type,
      data: { ...data, ...(jump === undefined ? {} : { jump }), at: iso(now) },
    }));
  }
}

function iso(now: number): string {
  return new Date(now).toISOString();
}
