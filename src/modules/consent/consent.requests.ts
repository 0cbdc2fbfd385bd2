import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsEmail, IsObject, IsOptional, Matches, ValidateNested } from 'class-validator';

export class ConsentContact {
  @ApiPropertyOptional({ example: 'jan.novak@example.org', maxLength: 254 })
  @IsOptional()
  @IsEmail()
  email?: string;

  @ApiPropertyOptional({ example: '+420601123456', description: 'E.164', maxLength: 16 })
  @IsOptional()
  @Matches(/^\+[1-9]\d{6,14}$/)
  phone?: string;
}

export class ConsentRequest {
  @ApiProperty({ type: ConsentContact, description: 'where the applicant is asked: an address or a number, not both' })
  @IsObject()
  @ValidateNested()
  @Type(() => ConsentContact)
  contact!: ConsentContact;
}

/** The same wherever the contact leads, and whoever the applicant is. */
export class AskedConsent {
  @ApiProperty({ format: 'uuid' }) leadId!: string;
  @ApiProperty({ enum: ['asked'] }) status!: 'asked';
  @ApiProperty({ format: 'date-time', description: 'the code, and the page, are good until then' }) expiresAt!: string;
}
