import { setTimeout as sleep } from 'node:timers/promises';
import type { PatientClient } from './patient-client.js';

interface Listing {
  readonly items: readonly { kind: string; disclosureId: string; content: { to: { email?: string }; text: string } | null }[];
  readonly next: string | null;
}

const LOOK_AGAIN_MS = 50;
const PATIENCE_MS = 60_000;
const CODE = /\b\d{8}\b/;

/** What the bank has sent to whom. Whoever has a mailbox reads in it what is addressed there, and nothing else. */
export class Mailboxes {
  private readonly codes = new Map<string, string>();
  private page = '';

  constructor(private readonly postOffice: PatientClient) {}

  /** The code that came to the address for the lead. @throws Error when none comes */
  async codeAt(email: string, leadId: string): Promise<string> {
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(LOOK_AGAIN_MS)) {
      const code = this.codes.get(placeOf(email, leadId));
      if (code !== undefined) return code;
      await this.sort();
    }
    throw new Error('no code came');
  }

  /** The last page is read again and again: more may have come to it. */
  private async sort(): Promise<void> {
    for (;;) {
      const { items, next } = await this.postOffice.get<Listing>(`/v1/messages?limit=200${this.page}`);
      for (const { kind, disclosureId, content } of items) {
        const [code] = kind === 'consent-code' ? (CODE.exec(content?.text ?? '') ?? []) : [];
        if (code !== undefined) this.codes.set(placeOf(content?.to.email ?? '', disclosureId), code);
      }
      if (next === null) return;
      this.page = `&cursor=${encodeURIComponent(next)}`;
    }
  }
}

const placeOf = (email: string, leadId: string): string => `${email} ${leadId}`;
