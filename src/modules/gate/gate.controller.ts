import { Body, Controller, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiCreatedResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';
import type { Cause } from '../../event-sourcing/message.js';
import { CurrentCause } from '../../http/cause.js';
import { Roles } from '../access/roles.js';
import { HaltGate, ReopenGate, TrustClock } from './gate.commands.js';

class GateRequest {
  @ApiProperty({ example: 'a leaked list is being examined', maxLength: 500 }) @IsString() @Length(1, 500) reason!: string;
}

class GateStatus {
  @ApiProperty({ enum: ['halted', 'open'] }) gate!: 'halted' | 'open';
}

class ClockStatus {
  @ApiProperty({ enum: ['trusted'] }) clock!: 'trusted';
}

@ApiTags('operator')
@Controller('v1')
export class GateController {
  constructor(private readonly bus: CommandBus) {}

  @Post('gate/halt')
  @Roles('analyst', 'operator')
  @ApiOperation({ summary: 'Halt all answers at once' })
  @ApiCreatedResponse({ type: GateStatus })
  async halt(@Body() { reason }: GateRequest, @CurrentCause() cause: Cause): Promise<GateStatus> {
    await this.bus.execute(new HaltGate({ by: cause.actor, reason }, cause));
    return { gate: 'halted' };
  }

  @Post('gate/reopening')
  @Roles('analyst', 'operator')
  @ApiOperation({ summary: 'Let answers be given again' })
  @ApiCreatedResponse({ type: GateStatus })
  async reopen(@Body() { reason }: GateRequest, @CurrentCause() cause: Cause): Promise<GateStatus> {
    await this.bus.execute(new ReopenGate({ by: cause.actor, reason }, cause));
    return { gate: 'open' };
  }

  @Post('clock/trust')
  @Roles('operator')
  @ApiOperation({ summary: "Vouch for the machine's clock after it jumped" })
  @ApiCreatedResponse({ type: ClockStatus })
  async trust(@Body() { reason }: GateRequest, @CurrentCause() cause: Cause): Promise<ClockStatus> {
    await this.bus.execute(new TrustClock({ by: cause.actor, reason }, cause));
    return { clock: 'trusted' };
  }
}
