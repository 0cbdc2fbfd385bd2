import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsObject } from 'class-validator';
import type { JWK } from 'jose';
import type { Recorded, RecordedEvent } from '../../event-sourcing/message.js';
import type { ClientEvent } from './client.events.js';
import type { ClientKey } from './client.js';
import type { RegisteredKeys } from './client.responses.js';
import { clientKey } from './signing-key.js';

export class KeySetRequest {
  @ApiProperty({ type: 'array', items: { type: 'object' }, description: 'JWK Set (RFC 7517) of public ES256, EdDSA or PS256 keys.' })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(10)
  @IsObject({ each: true })
  readonly keys!: readonly object[];
}

/** @throws DomainError `KEY_INVALID` */
export const keysOf = ({ keys }: KeySetRequest): Promise<readonly ClientKey[]> => Promise.all(keys.map((jwk) => clientKey(jwk as JWK)));

/** The keys that were new. */
export const keysRegistered = (events: readonly RecordedEvent[]): RegisteredKeys => ({
  registered: (events as readonly Recorded<ClientEvent>[])
    .filter((event) => event.type === 'ClientKeyRegistered')
    .map(({ data: { kid, thumbprint } }) => ({ kid, thumbprint })),
});
