import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { type Role, ROLES } from './role.js';

export class RegisteredClient {
  @ApiProperty({ example: 'acme-onboarding' }) readonly clientId!: string;
  @ApiProperty({ enum: ROLES, example: 'partner' }) readonly role!: Role;
  @ApiPropertyOptional({ example: 'acme' }) readonly partnerId?: string;
  @ApiPropertyOptional({ example: 'acme-holding' }) readonly ownerId?: string;
}

class RegisteredKey {
  @ApiProperty({ description: 'as given, or else the thumbprint' }) readonly kid!: string;
  @ApiProperty({ description: 'RFC 7638' }) readonly thumbprint!: string;
}

export class RegisteredKeys {
  @ApiProperty({ type: [RegisteredKey], description: 'those that were new' }) readonly registered!: readonly RegisteredKey[];
}

export class RegisteredCertificate {
  @ApiProperty({ description: '`x5t#S256`' }) readonly thumbprint!: string;
}

export class RegisteredSecret {
  @ApiProperty({ enum: ['registered'] }) readonly status!: 'registered';
}

export class DeclaredCompromise extends RegisteredKeys {
  @ApiProperty({ format: 'date-time' }) readonly since!: string;
  @ApiProperty({ type: [String], description: 'ids of the keys that were revoked' }) readonly revoked!: readonly string[];
}

export class RevokedKey {
  @ApiProperty({ enum: ['revoked'] }) readonly status!: 'revoked';
}

export class DisabledClient {
  @ApiProperty({ enum: ['disabled'] }) readonly status!: 'disabled';
}
