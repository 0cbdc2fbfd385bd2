import { Body, Controller, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiCreatedResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import type { Cause } from '../../event-sourcing/message.js';
import { CurrentCause } from '../../http/cause.js';
import { Roles } from '../access/roles.js';
import { ReasonRequest } from '../persons/reason.request.js';
import { HaltGate, ReopenGate, TrustClock } from './gate.commands.js';
import { CLOCK_REASONS, HALT_REASONS, REOPENING_REASONS } from './gate.events.js';

class HaltRequest extends ReasonRequest(HALT_REASONS) {}
class ReopeningRequest extends ReasonRequest(REOPENING_REASONS) {}
class ClockTrustRequest extends ReasonRequest(CLOCK_REASONS) {}

class GateStatus {
  @ApiProperty({ enum: ['halted', 'open'] }) gate!: 'halted' | 'open';
}

class ClockStatus {
  @ApiProperty({ enum: ['trusted'] }) clock!: 'trusted';
}

const UNSEALED = 'Waits for no key: where the note cannot be encrypted it is left out, and the rest is done.';

@ApiTags('operator')
@Controller('v1')
export class GateController {
  constructor(private readonly bus: CommandBus) {}

  @Post('gate/halt')
  @Roles('analyst', 'operator')
  @ApiOperation({ summary: 'Halt all answers at once', description: UNSEALED })
  @ApiCreatedResponse({ type: GateStatus })
  async halt(@Body() { reason, note }: HaltRequest, @CurrentCause() cause: Cause): Promise<GateStatus> {
    await this.bus.execute(new HaltGate({ by: cause.actor, reason, note }, cause));
    return { gate: 'halted' };
  }

  @Post('gate/reopening')
  @Roles('analyst', 'operator')
  @ApiOperation({ summary: 'Let answers be given again', description: UNSEALED })
  @ApiCreatedResponse({ type: GateStatus })
  async reopen(@Body() { reason, note }: ReopeningRequest, @CurrentCause() cause: Cause): Promise<GateStatus> {
    await this.bus.execute(new ReopenGate({ by: cause.actor, reason, note }, cause));
    return { gate: 'open' };
  }

  @Post('clock/trust')
  @Roles('operator')
  @ApiOperation({ summary: "Vouch for the machine's clock after it jumped", description: UNSEALED })
  @ApiCreatedResponse({ type: ClockStatus })
  async trust(@Body() { reason, note }: ClockTrustRequest, @CurrentCause() cause: Cause): Promise<ClockStatus> {
    await this.bus.execute(new TrustClock({ by: cause.actor, reason, note }, cause));
    return { clock: 'trusted' };
  }
}
