import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsBoolean, IsIn, IsOptional, IsString, Length, Matches, ValidateNested } from 'class-validator';
import type { PersonIdentifier } from '../persons/identifier.js';

class LockedPerson implements PersonIdentifier {
  @ApiProperty({ example: 'CZ', description: 'ISO 3166-1 alpha-2' })
  @IsString()
  @Length(1, 32)
  readonly country!: string;

  @ApiProperty({ example: 'national-id' })
  @IsString()
  @Length(1, 32)
  readonly scheme!: string;

  @ApiProperty({ example: '710319/2745' })
  @IsString()
  @Length(1, 64)
  readonly value!: string;
}

export class SetLockRequest {
  @ApiProperty({ type: LockedPerson })
  @ValidateNested()
  @Type(() => LockedPerson)
  readonly person!: LockedPerson;

  @ApiProperty({ description: 'True: answered `no` to everybody from now on. False: no longer.' })
  @IsBoolean()
  readonly locked!: boolean;
}

export class LockStatus {
  @ApiProperty({ description: 'as asked for' }) readonly locked!: boolean;
}

class BadLine {
  @ApiProperty({ example: 42 }) readonly line!: number;
  @ApiProperty({ example: 'not-json' }) readonly reason!: string;
}

/** `ImportProgress`, described. */
export class ImportState {
  @ApiProperty({ example: 5000, description: 'last line that is durably done with' }) readonly line!: number;
  @ApiProperty({ example: 4998, description: 'of the whole import, earlier attempts included' }) readonly accepted!: number;
  @ApiProperty({ example: 2 }) readonly rejected!: number;
  @ApiProperty({ type: [BadLine], description: 'bad lines since the last report of this attempt' }) readonly errors!: readonly BadLine[];
  @ApiProperty() readonly finished!: boolean;
}

export class ImportQuery {
  @ApiProperty({ description: 'Chosen by the sender; sending an import again under its id resumes it.', example: '2026-10-register' })
  @IsString()
  @Matches(/^[A-Za-z0-9_-]{1,64}$/)
  readonly importId!: string;

  @ApiProperty({ enum: ['skip', 'stop'], required: false, default: 'skip' })
  @IsOptional()
  @IsIn(['skip', 'stop'])
  readonly onError?: 'skip' | 'stop';
}
