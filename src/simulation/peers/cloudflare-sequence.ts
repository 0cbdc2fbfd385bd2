import type { DefenceMaker, DefendedWorld, Outcome, Question } from '../defence.js';
import { keptForEachPartner } from './kept-for-each.js';
import { Peer, type Refusal, type Rule } from './peer.js';

const MINUTE = 60_000;

export interface CloudflareSequenceParameters {
  /** Milliseconds without a request after which a session's sequence starts anew. */
  readonly memory: number;
}

/**
 * Cloudflare API Shield, sequence mitigation (https://developers.cloudflare.com/api-shield/security/sequence-mitigation/): a rule
 * matches the order of a session's requests to two endpoints, no further than ten requests and ten minutes apart; a request ten
 * minutes after the last starts a new sequence. A session is the end user of the API, here an agent.
 *
 * The rule that its dashboard offers for this case, "a create only after a check", refuses no check, and so would leak what
 * `nothing` does. What is modelled is the strictest that its custom rules allow to say about checks
 * (`cf.sequence.current_op` is a check and so is `cf.sequence.previous_ops[0]`): whoever has checked must create before the next check,
 * or wait for ten minutes. Assumptions: that a repeated endpoint shows in `previous_ops` (the documentation says that repetitions
 * are stored once), and that a blocked request is not recorded. What it leaves is 144 checks an agent and day.
 */
export function cloudflareSequence({ memory }: CloudflareSequenceParameters = { memory: 10 * MINUTE }): DefenceMaker {
  return {
    name: `Cloudflare sequence, ${memory / MINUTE} min`,
    description: `Cloudflare API Shield's sequence rule (https://developers.cloudflare.com/api-shield/security/sequence-mitigation/): after a check an agent has to create, or to wait ${memory / MINUTE} minutes, before the next.`,
    make: (world) => new Peer(world, new CloudflareSequence(world, memory)),
  };
}

class CloudflareSequence implements Rule {
  /** Of each agent, by partner: epoch ms of the last request, when that was a check. */
  private readonly checkedAt;

  constructor(
    world: DefendedWorld,
    private readonly memory: number,
  ) {
    this.checkedAt = keptForEachPartner(world, () => new Map<string, number>());
  }

  refuses(question: Question): Refusal | undefined {
    const checkedAt = this.checkedAt(question);
    const again = (checkedAt.get(question.agent) ?? -Infinity) + this.memory;
    if (question.at < again) return { kind: 'refused', code: 'OUT_OF_SEQUENCE', retryAt: again };
    checkedAt.set(question.agent, question.at);
    return undefined;
  }

  happens(outcome: Outcome, question: Question): void {
    if (outcome === 'created') this.checkedAt(question).delete(question.agent);
  }
}
