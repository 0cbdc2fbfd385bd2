import { Injectable } from '@nestjs/common';
import { CommandHandling } from '../../event-sourcing/handle-command.js';
import { gate, GATE_STREAM, type GateState } from './gate.js';

/** The gate's stream, read to its end. */
@Injectable()
export class GateReader {
  constructor(private readonly commands: CommandHandling) {}

  async read(): Promise<GateState> {
    return (await this.commands.load(gate, GATE_STREAM)).state;
  }
}
