import { Inject, Injectable } from '@nestjs/common';
import { KEY_VAULT, type KeyVault } from './key-vault.js';

/** Seals what people add to a reason in their own words, before anything is decided on it: no decider and no log sees the words. */
@Injectable()
export class NoteSeal {
  constructor(@Inject(KEY_VAULT) private readonly vault: KeyVault) {}

  /**
   * @param subject under whose key, which is made where there is none: somebody who exists
   * @returns what an event keeps of the note; nothing where there is none
   * @throws VaultUnavailable
   */
  async seal(subject: string, note: string | undefined): Promise<{ sealed?: string }> {
    if (note === undefined) return {};
    await this.vault.ensureKey(subject);
    return { sealed: await this.vault.seal(subject, { note }) };
  }

  /** @returns null where there is none, and after an erasure of the subject */
  async open(subject: string, sealed: string | undefined): Promise<string | null> {
    if (sealed === undefined) return null;
    const opened = (await this.vault.open(subject, sealed)) as { note: string } | undefined;
    return opened?.note ?? null;
  }
}
