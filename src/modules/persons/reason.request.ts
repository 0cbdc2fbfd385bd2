import type { Type } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Length } from 'class-validator';
import { type GivenReason, LONGEST_NOTE } from './reason.js';

/** The members of a request that say why: one of these codes, and a note. */
export function ReasonRequest<const Code extends string>(codes: readonly [Code, ...Code[]]): Type<GivenReason<Code>> {
  class WithReason implements GivenReason<Code> {
    @ApiProperty({ enum: codes, example: codes[0] }) @IsIn(codes) reason!: Code;

    @ApiPropertyOptional({
      example: 'agreed on the phone, ticket 4711',
      maxLength: LONGEST_NOTE,
      description: "in the bank's own words; stored encrypted only, and read with `GET /v1/notes/{noteId}`",
    })
    @IsOptional()
    @IsString()
    @Length(1, LONGEST_NOTE)
    note?: string;
  }
  return WithReason;
}
