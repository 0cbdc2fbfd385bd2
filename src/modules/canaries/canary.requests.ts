import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { Equals, IsIn, Matches, ValidateIf, ValidateNested } from 'class-validator';
import { PersonRequest } from '../persons/person.request.js';
import { CANARY_KINDS, type CanaryKind, type CanaryRegistered, isVisible } from './canary.events.js';

const KINDS =
  '`minor`, `deceased`, `invented` (an identifier that its authority keeps for tests and never issues, planted in lists that could be stolen), ' +
  '`staff` (an employee who consented), `locked` (a customer who locked their membership and consented)';

export class RetireCanaryRequest {
  @ApiProperty({ type: PersonRequest })
  @ValidateNested()
  @Type(() => PersonRequest)
  readonly person!: PersonRequest;
}

export class RegisterCanaryRequest {
  @ApiProperty({ type: PersonRequest })
  @ValidateNested()
  @Type(() => PersonRequest)
  readonly person!: PersonRequest;

  @ApiProperty({ enum: CANARY_KINDS, example: 'staff', description: KINDS })
  @IsIn(CANARY_KINDS)
  readonly kind!: CanaryKind;

  @ApiPropertyOptional({
    example: '2031-04',
    pattern: '^\\d{4}-(0[1-9]|1[0-2])$',
    description: 'the month (UTC) from which on they are none any more; a minor needs one: that of coming of age',
  })
  @ValidateIf(({ kind, until }: RegisterCanaryRequest) => kind === 'minor' || until !== undefined)
  @Matches(/^\d{4}-(0[1-9]|1[0-2])$/)
  readonly until?: string;
}

/** A line by which one is retired. */
export class RetiredCanaryLine extends RetireCanaryRequest {
  @Equals(true)
  readonly retired!: true;
}

export class RegisteredCanary {
  @ApiProperty({ enum: CANARY_KINDS }) readonly kind!: CanaryKind;
  @ApiProperty({ description: 'who holds a public register sees this kind, and can leave it out' }) readonly visible!: boolean;
  @ApiPropertyOptional({ example: '2031-04' }) readonly until?: string;
}

/** What whoever registers one is told: what they said, and nothing of whether it had been said before. */
export function registeredCanary({ kind, until }: Pick<CanaryRegistered['data'], 'kind' | 'until'>): RegisteredCanary {
  return { kind, visible: isVisible(kind), ...(until !== undefined && { until }) };
}

export class RetiredCanary {
  @ApiProperty({ description: 'true, whether they had been one or not' }) readonly retired!: boolean;
}
