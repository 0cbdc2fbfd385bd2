import { PARTNERS, type OwnerName } from './cast.js';
import type { Ask } from './script.js';
import type { Response } from './service.js';

/** Something that reached a partner or a contact that it supplied, in full. */
export interface Observation {
  /** Milliseconds since the script began. */
  readonly at: number;
  /** Partner, or contact. */
  readonly who: string;
  /** What it came upon, in the script's words. */
  readonly upon: string;
  /** Status line, header block and body, or the message; and how long it took. */
  readonly seen: string;
  /** An answer that the protocol is there to give. */
  readonly answer?: 'yes' | 'no';
  /** The same with the answer left out. */
  readonly besides: string;
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;
const ANSWER = /^\{"answer":"(yes|no)"\}$/;

/** Writes down what each owner's side gets to see, as it comes. */
export class Observer {
  readonly seenBy: ReadonlyMap<OwnerName, Observation[]> = new Map(Object.values(PARTNERS).map((owner) => [owner, []]));
  private readonly madeIds = new Map<OwnerName, Map<string, string>>();

  /** How often the partners' requests came to what. */
  readonly tally = new Map<string, number>();

  responded(at: number, { id, partner, verb, person, flaw, again }: Ask, response: Response): void {
    const { status, body, tookMs } = response;
    const special = [...(flaw === undefined ? [] : [flaw]), ...(again === undefined ? [] : [`again ${again.of}`])];
    const upon = `${id}: ${verb} ${person}${special.length > 0 ? ` (${special.join(', ')})` : ''}`;
    const owner = PARTNERS[partner];
    const head = this.withoutChance(owner, response.head);
    const seen = `${head}${body}\n(after ${tookMs} ms)`;
    const answer = ANSWER.exec(body)?.[1] as 'yes' | 'no' | undefined;
    const besides = answer === undefined ? seen : seen.replace(body, '').replace(/content-length: \d+/, 'content-length: (of the answer)');
    const came = `${verb} ${answer ?? status}`;
    this.tally.set(came, (this.tally.get(came) ?? 0) + 1);
    this.seenBy.get(owner)?.push({ at, who: partner, upon, seen, besides, ...(answer !== undefined && { answer }) });
  }

  heard(at: number, owner: OwnerName, contact: string, text: string): void {
    this.seenBy.get(owner)?.push({ at, who: contact, upon: 'a message', seen: text, besides: text });
  }

  /**
   * `Date` is Node's own and shows the time, which stands beside. An id that the service made up is told from others by nothing but
   * whether it came before, so that is what is kept of it.
   */
  private withoutChance(owner: OwnerName, head: string): string {
    return head.replace(/^Date: .*$/m, 'Date: (now)').replace(/^(x-correlation-id: )(.*)$/m, (_line, name: string, id: string) => {
      if (id.startsWith('c0c0c0c0') || !UUID.test(id)) return name + id;
      const known = this.madeIds.get(owner) ?? new Map<string, string>();
      this.madeIds.set(owner, known);
      if (!known.has(id)) known.set(id, `(id ${known.size + 1})`);
      return name + known.get(id);
    });
  }
}
