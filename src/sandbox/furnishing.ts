import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { Inject, Injectable } from '@nestjs/common';
import { CommandBus, type ICommand } from '@nestjs/cqrs';
import { CONFIG, type Config } from '../config.js';
import { DomainError } from '../event-sourcing/decider.js';
import type { Cause } from '../event-sourcing/message.js';
import { RegisterClient, RegisterClientKeys } from '../modules/access/client.commands.js';
import type { ClientIdentity } from '../modules/access/client.js';
import { clientKey } from '../modules/access/signing-key.js';
import { RegisterCanary } from '../modules/canaries/canary.commands.js';
import { ChangeOwner, RegisterOwner, RegisterPartner, type OwnerChange } from '../modules/owners/owner.commands.js';
import { SetLock } from '../modules/registry/registry.commands.js';
import { AGREEMENT, ANALYSTS, CANARIES, CLIENTS, OWNERS, type SandboxCanary, type SandboxOwner } from './cast.js';
import { clientKeyPath, makeClientKeyFile } from './client-key-file.js';
import { SANDBOX_SEED, syntheticPerson } from './register.js';

const [ANALYST] = ANALYSTS;

/**
 * The sandbox's clients, owners and partners, made through the same commands as any. Each step adds nothing where it has
 * been done, so a start after a `kill -9` goes on where the one before was.
 */
@Injectable()
export class Furnishing {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly bus: CommandBus,
  ) {}

  async furnish(): Promise<void> {
    for (const client of CLIENTS) await this.client(client);
    for (const owner of OWNERS) await this.owner(owner);
    for (const canary of CANARIES) await this.canary(canary);
  }

  /** On later starts: the service may be reached elsewhere now. What an analyst has changed since the first one stays. */
  async refreshKeyFiles(): Promise<void> {
    for (const client of CLIENTS) {
      if (existsSync(clientKeyPath(this.config.dataDir, client.clientId))) await makeClientKeyFile(this.config, client);
    }
  }

  private async client(client: ClientIdentity): Promise<void> {
    const cause = causedBy('process:sandbox');
    await this.bus.execute(new RegisterClient(client, cause));
    // An issuer of the bank's own has keys of its own.
    if (!this.config.builtInIssuer) return;
    const { privateJwk } = await makeClientKeyFile(this.config, client);
    const { d: _, ...publicJwk } = privateJwk;
    await this.bus.execute(new RegisterClientKeys({ clientId: client.clientId, keys: [await clientKey(publicJwk)] }, cause));
  }

  private async owner({ owner, name, terms, partner }: SandboxOwner): Promise<void> {
    const cause = causedBy(ANALYST);
    await this.unlessThere(new RegisterOwner({ owner, name, terms, by: ANALYST }, cause));
    await this.unlessThere(new RegisterPartner({ owner, partner: partner.id, name: partner.name }, cause));
    const { version, text } = AGREEMENT;
    const documentSha256 = createHash('sha256').update(text).digest('hex');
    await this.change(owner, { type: 'OfferAgreement', data: { partner: partner.id, version, documentSha256, by: ANALYST } });
    await this.change(owner, { type: 'SignAgreement', data: { partner: partner.id, version, by: partner.id } }, causedBy(partner.id));
    for (const agent of partner.agents) await this.change(owner, { type: 'RegisterAgent', data: { partner: partner.id, agent } });
  }

  private async canary({ index, kind }: SandboxCanary): Promise<void> {
    const [person] = syntheticPerson(SANDBOX_SEED, index).identifiers;
    if (kind === 'locked') await this.bus.execute(new SetLock({ person, locked: true }, causedBy('bank-identity')));
    await this.bus.execute(new RegisterCanary({ person, kind }, causedBy('bank-canaries')));
  }

  private async change(owner: string, change: OwnerChange, cause: Cause = causedBy(ANALYST)): Promise<void> {
    await this.bus.execute(new ChangeOwner({ owner, change }, cause));
  }

  private async unlessThere(command: ICommand): Promise<void> {
    try {
      await this.bus.execute(command);
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'ALREADY_EXISTS') throw error;
    }
  }
}

export function causedBy(actor: string): Cause {
  return { correlationId: 'sandbox', causationId: 'sandbox', actor };
}
