import { Inject, Injectable } from '@nestjs/common';
import { concerning, DomainError } from '../../event-sourcing/decider.js';
import { CommandHandling } from '../../event-sourcing/handle-command.js';
import { gate, GATE_STREAM, type GateState } from './gate.js';
import { ServiceLife } from './service-life.js';

/** The gate's stream, read to its end. */
@Injectable()
export class GateReader {
  constructor(
    private readonly commands: CommandHandling,
    @Inject(ServiceLife) private readonly life: Pick<ServiceLife, 'begun' | 'restoring'>,
  ) {}

  /** Waits, in the first moments of a process, until the outage before it is in the stream. */
  async read(): Promise<GateState> {
    await this.life.begun;
    return (await this.commands.load(gate, GATE_STREAM)).state;
  }

  /**
   * For an answer that is on record. Asks for the halt alone, which no outage changes, so it waits for nothing: reads go on
   * while the clock is not trusted. A restored log halts the gate, also before it can say so.
   * @param about what the answer is about, for the record of the refusal
   * @throws DomainError `GATE_HALTED`
   */
  async assertAnswersMayLeave(about: DomainError['about'] = {}): Promise<void> {
    const { state } = await this.commands.load(gate, GATE_STREAM);
    concerning(about, () => {
      if (state.halted || this.life.restoring) throw new DomainError('GATE_HALTED', 'the bank has halted all answers');
    });
  }
}
