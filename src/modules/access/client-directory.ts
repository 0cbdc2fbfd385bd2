import { Injectable } from '@nestjs/common';
import { CommandHandling } from '../../event-sourcing/handle-command.js';
import { client, CLIENT_ID, type ClientIdentity, type ClientKey, type ClientState, clientStream } from './client.js';

export interface ActiveClient {
  readonly identity: ClientIdentity;
  readonly keys: readonly ClientKey[];
  /** Thumbprints (`x5t#S256`) of the certificates that are registered with it. */
  readonly certificates: ReadonlySet<string>;
  /** Keyed hash of its secret; '' for none. */
  readonly secretHash: string;
  /** When it was last said to be compromised, milliseconds since the epoch; 0 for never. */
  readonly compromisedAt: number;
}

/** Clients as their streams say now: no projection in between, so a client is stopped at its next request (R32). */
@Injectable()
export class ClientDirectory {
  constructor(private readonly commands: CommandHandling) {}

  /**
   * `undefined` for a client that is unknown or disabled; nobody need know which.
   * @throws StoreUnavailable
   */
  async find(clientId: string): Promise<ActiveClient | undefined> {
    if (!CLIENT_ID.test(clientId)) return undefined;
    const { state } = await this.commands.load(client, clientStream(clientId));
    return activeClient(state);
  }

  /** The same without waiting; `undefined` also where the log would have to be asked. */
  current(clientId: string): ActiveClient | undefined {
    const state = this.commands.current(client, clientStream(clientId))?.state;
    return state && activeClient(state);
  }
}

function activeClient(state: ClientState): ActiveClient | undefined {
  if (state.status !== 'active') return undefined;
  const { identity, keys, certificates, secretHash, compromisedAt } = state;
  return { identity, keys, certificates, secretHash, compromisedAt };
}
