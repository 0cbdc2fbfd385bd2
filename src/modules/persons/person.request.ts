import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Length, Matches } from 'class-validator';

/** An id that the service gave out: 128 bits written like a UUID, of no version. */
export const OPAQUE_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const NAME = { minLength: 1, maxLength: 200 } as const;

/** A person by their identifier. The value never travels in a URL. */
export class PersonRequest {
  @ApiProperty({ example: 'CZ', description: 'ISO 3166-1 alpha-2', pattern: '^[A-Z]{2}$' })
  @Matches(/^[A-Z]{2}$/)
  country!: string;

  @ApiProperty({ example: 'national-id', description: 'kind of identifier in that country', maxLength: 40 })
  @IsString()
  @Length(1, 40)
  scheme!: string;

  @ApiProperty({ example: '710319/2745', maxLength: 80 })
  @IsString()
  @Length(1, 80)
  value!: string;
}

/** A person with what corroborates the identifier. */
export class NamedPersonRequest extends PersonRequest {
  @ApiProperty({ example: 'Novák', ...NAME })
  @IsString()
  @Length(NAME.minLength, NAME.maxLength)
  familyName!: string;

  @ApiProperty({ example: '1971-03-19', format: 'date' })
  @Matches(/^\d{4}-\d{2}-\d{2}$/)
  birthDate!: string;
}

/** A person as a lead is opened for them: the name and birth date may be sent already, and are not used before the check. */
export class LeadPersonRequest extends PersonRequest {
  @ApiPropertyOptional({ example: 'Novák', ...NAME })
  @IsOptional()
  @IsString()
  @Length(NAME.minLength, NAME.maxLength)
  familyName?: string;

  @ApiPropertyOptional({ example: '1971-03-19', format: 'date' })
  @IsOptional()
  @Matches(/^\d{4}-\d{2}-\d{2}$/)
  birthDate?: string;
}
