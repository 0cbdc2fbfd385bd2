import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CommandHandling, type Handled } from '../../event-sourcing/handle-command.js';
import { ChangeOwner } from '../owners/owner.commands.js';
import { PROBATION_POOL } from '../owners/terms.js';
import { DrawProbationUnits, ReturnProbationUnits } from './probation.commands.js';
import type { ProbationEvent } from './probation.events.js';
import { probation, PROBATION_STREAM, type ProbationCommand } from './probation.js';

/** The pool first, then the owner: units may be missing for a moment, but are never there twice. */
@CommandHandler(DrawProbationUnits)
export class DrawProbationUnitsHandler implements ICommandHandler<DrawProbationUnits> {
  constructor(
    private readonly commands: CommandHandling,
    private readonly bus: CommandBus,
  ) {}

  async execute({ data, cause }: DrawProbationUnits): Promise<Handled<ProbationEvent>> {
    const handled = await this.commands.handle(probation, PROBATION_STREAM, cause, (_state, { now }): ProbationCommand => ({
      type: 'DrawProbationUnits',
      data: { ...data, pool: PROBATION_POOL, at: new Date(now).toISOString() },
    }));
    for (const event of handled.events) {
      if (event.type !== 'ProbationUnitsDrawn' || event.data.units === 0) continue;
      const { owner, units, draw } = event.data;
      await this.bus.execute(new ChangeOwner({ owner, change: { type: 'GrantInitial', data: { units, draw } } }, cause));
    }
    return handled;
  }
}

@CommandHandler(ReturnProbationUnits)
export class ReturnProbationUnitsHandler implements ICommandHandler<ReturnProbationUnits> {
  constructor(private readonly commands: CommandHandling) {}

  execute({ data, cause }: ReturnProbationUnits): Promise<Handled<ProbationEvent>> {
    return this.commands.handle(probation, PROBATION_STREAM, cause, (_state, { now }): ProbationCommand => ({
      type: 'ReturnProbationUnits',
      data: { ...data, pool: PROBATION_POOL, at: new Date(now).toISOString() },
    }));
  }
}
