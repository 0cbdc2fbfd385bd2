import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CommandHandling, type Handled } from '../../event-sourcing/handle-command.js';
import { NoteSeal } from '../persons/note-seal.js';
import { streamSubject } from '../persons/person-subject.js';
import {
  DeclareCompromise,
  DisableClient,
  RegisterClient,
  RegisterClientCertificate,
  RegisterClientKeys,
  RevokeClientCertificate,
  RegisterClientSecret,
  RevokeClientKey,
  RevokeClientSecret,
} from './client.commands.js';
import type { ClientEvent } from './client.events.js';
import { client, type ClientCommand, clientStream } from './client.js';

const iso = (now: number): string => new Date(now).toISOString();

@CommandHandler(RegisterClient)
export class RegisterClientHandler implements ICommandHandler<RegisterClient> {
  constructor(private readonly commands: CommandHandling) {}

  execute({ data, cause }: RegisterClient): Promise<Handled<ClientEvent>> {
    return this.commands.handle(client, clientStream(data.clientId), cause, (_, { now }): ClientCommand => ({
      type: 'RegisterClient',
      data: { ...data, at: iso(now) },
    }));
  }
}

@CommandHandler(RegisterClientKeys)
export class RegisterClientKeysHandler implements ICommandHandler<RegisterClientKeys> {
  constructor(private readonly commands: CommandHandling) {}

  execute({ data: { clientId, ...data }, cause }: RegisterClientKeys): Promise<Handled<ClientEvent>> {
    return this.commands.handle(client, clientStream(clientId), cause, (_, { now }): ClientCommand => ({
      type: 'RegisterClientKeys',
      data: { ...data, at: iso(now) },
    }));
  }
}

@CommandHandler(RevokeClientKey)
export class RevokeClientKeyHandler implements ICommandHandler<RevokeClientKey> {
  constructor(private readonly commands: CommandHandling) {}

  execute({ data: { clientId, ...data }, cause }: RevokeClientKey): Promise<Handled<ClientEvent>> {
    return this.commands.handle(client, clientStream(clientId), cause, (_, { now }): ClientCommand => ({
      type: 'RevokeClientKey',
      data: { ...data, at: iso(now) },
    }));
  }
}

@CommandHandler(RegisterClientCertificate)
export class RegisterClientCertificateHandler implements ICommandHandler<RegisterClientCertificate> {
  constructor(private readonly commands: CommandHandling) {}

  execute({ data: { clientId, thumbprint }, cause }: RegisterClientCertificate): Promise<Handled<ClientEvent>> {
    return this.commands.handle(client, clientStream(clientId), cause, (_, { now }): ClientCommand => ({
      type: 'RegisterClientCertificate',
      data: { thumbprint, at: iso(now) },
    }));
  }
}

@CommandHandler(RevokeClientCertificate)
export class RevokeClientCertificateHandler implements ICommandHandler<RevokeClientCertificate> {
  constructor(private readonly commands: CommandHandling) {}

  execute({ data: { clientId, thumbprint }, cause }: RevokeClientCertificate): Promise<Handled<ClientEvent>> {
    return this.commands.handle(client, clientStream(clientId), cause, (_, { now }): ClientCommand => ({
      type: 'RevokeClientCertificate',
      data: { thumbprint, at: iso(now) },
    }));
  }
}

@CommandHandler(RegisterClientSecret)
export class RegisterClientSecretHandler implements ICommandHandler<RegisterClientSecret> {
  constructor(private readonly commands: CommandHandling) {}

  execute({ data: { clientId, hash }, cause }: RegisterClientSecret): Promise<Handled<ClientEvent>> {
    return this.commands.handle(client, clientStream(clientId), cause, (_, { now }): ClientCommand => ({
      type: 'RegisterClientSecret',
      data: { hash, at: iso(now) },
    }));
  }
}

@CommandHandler(RevokeClientSecret)
export class RevokeClientSecretHandler implements ICommandHandler<RevokeClientSecret> {
  constructor(private readonly commands: CommandHandling) {}

  execute({ data: { clientId }, cause }: RevokeClientSecret): Promise<Handled<ClientEvent>> {
    return this.commands.handle(client, clientStream(clientId), cause, (_, { now }): ClientCommand => ({
      type: 'RevokeClientSecret',
      data: { at: iso(now) },
    }));
  }
}

@CommandHandler(DeclareCompromise)
export class DeclareCompromiseHandler implements ICommandHandler<DeclareCompromise> {
  constructor(private readonly commands: CommandHandling) {}

  execute({ data: { clientId, ...data }, cause }: DeclareCompromise): Promise<Handled<ClientEvent>> {
    return this.commands.handle(client, clientStream(clientId), cause, (_, { now }): ClientCommand => ({
      type: 'DeclareCompromise',
      data: { ...data, by: cause.actor, at: iso(now) },
    }));
  }
}

@CommandHandler(DisableClient)
export class DisableClientHandler implements ICommandHandler<DisableClient> {
  constructor(
    private readonly commands: CommandHandling,
    private readonly notes: NoteSeal,
  ) {}

  execute({ data: { clientId, reason, note }, cause }: DisableClient): Promise<Handled<ClientEvent>> {
    const { actor: by } = cause;
    const stream = clientStream(clientId);
    return this.commands.handle(client, stream, cause, async ({ status }, { now }): Promise<ClientCommand> => {
      const sealed = status === 'active' ? await this.notes.seal(streamSubject(stream), note) : {};
      return { type: 'DisableClient', data: { reason, ...sealed, by, at: iso(now) } };
    });
  }
}
