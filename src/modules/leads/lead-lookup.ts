import { Injectable } from '@nestjs/common';
import { CommandHandling, type Loaded } from '../../event-sourcing/handle-command.js';
import { NO_STREAM } from '../../event-sourcing/event-store.js';
import { Keyring } from '../persons/keyring.js';
import type { PersonIdentifier } from '../persons/identifier.js';
import { lead } from './lead.js';
import { notFound } from './lead-rules.js';
import type { LeadState } from './lead.state.js';

/** Where a lead lies: its stream, and its number there. */
export interface LeadPlace {
  readonly leadId: string;
  readonly stream: string;
  readonly number: number;
}

/** Finds the stream of a lead, by its id or by its person. */
@Injectable()
export class LeadLookup {
  constructor(
    private readonly commands: CommandHandling,
    private readonly keyring: Keyring,
  ) {}

  /** @throws DomainError `LEAD_NOT_FOUND` when it is no lead id at all; a made-up one names an empty stream */
  byId(leadId: string): LeadPlace {
    const place = this.keyring.readLeadId(leadId);
    if (place === undefined) throw notFound();
    return { leadId, ...place };
  }

  /**
   * The stream of an owner's leads on a person, read to its end: the one begun under an older epoch of the person keys, if
   * there is one, so that nobody becomes somebody else when the keys change. An admission begins it, though the opening that
   * it owes may not be written yet.
   * @param isAdmitted whether the owner's ledger counts the lead of this id
   */
  async byPerson(
    owner: string,
    person: PersonIdentifier,
    isAdmitted: (leadId: string) => boolean,
  ): Promise<Loaded<LeadState> & { stream: string; personKey: string; otherKeys: readonly string[] }> {
    const candidates = this.keyring.personKeys(person).map((personKey, _, all) => ({
      personKey,
      otherKeys: all.filter((other) => other !== personKey),
      stream: this.keyring.leadStream(owner, personKey),
    }));
    const newest = candidates[0];
    if (newest === undefined) throw new Error('the keyring holds no epoch');
    for (const candidate of candidates.slice(1)) {
      const loaded = await this.commands.load(lead, candidate.stream);
      const isBegun = loaded.revision !== NO_STREAM || isAdmitted(this.keyring.leadId(candidate.stream, 1));
      if (isBegun) return { ...loaded, ...candidate };
    }
    return { ...(await this.commands.load(lead, newest.stream)), ...newest };
  }
}
