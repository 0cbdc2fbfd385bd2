import { Injectable } from '@nestjs/common';

export interface ReadinessDetail {
  readonly ready: boolean;
  /** For operators: fixed words and figures only. */
  readonly detail?: string;
}

type Contribution = () => boolean | ReadinessDetail;

/** Whether requests should be sent here. Each part that has to catch up first registers its own word. */
@Injectable()
export class Readiness {
  private readonly contributions = new Map<string, Contribution>();
  private stopping = false;

  register(name: string, contribution: Contribution): void {
    this.contributions.set(name, contribution);
  }

  /** From now on not ready, for good: the first thing that a stop does. */
  stop(): void {
    this.stopping = true;
  }

  details(): ReadonlyMap<string, ReadinessDetail> {
    const details = new Map<string, ReadinessDetail>([['running', { ready: !this.stopping }]]);
    for (const [name, contribution] of this.contributions) {
      const said = contribution();
      details.set(name, typeof said === 'boolean' ? { ready: said } : said);
    }
    return details;
  }

  get ready(): boolean {
    return [...this.details().values()].every(({ ready }) => ready);
  }
}
