/** Who asks: an employee of a partner of an owner. */
export interface Asker {
  readonly owner: string;
  readonly partner: string;
  readonly agent: string;
}

/** What an applicant, or somebody who pretends to have one, has at hand. */
export interface Brings {
  /** Family name and birth date are those of the bank's file. */
  readonly name: boolean;
  /** A secret that the bank issued to this customer. */
  readonly secret: boolean;
  /** Reads what is sent to the contact on the bank's file. */
  readonly contact: boolean;
}

/** One question whether somebody is a customer, on one person. */
export interface Question extends Asker {
  /** Of all questions of a run; from 0. */
  readonly id: number;
  /** Epoch ms. */
  readonly at: number;
  /** Number of the person in the population. */
  readonly person: number;
  readonly brings: Brings;
}

/**
 * What the partner hears. `silent`: it may go on, and was told nothing about the person. A refusal says until when (epoch ms)
 * the same question has no chance, where it is known to whoever asks.
 */
export type Reply =
  | { readonly kind: 'answered'; readonly answer: 'yes' | 'no' }
  | { readonly kind: 'silent' }
  | { readonly kind: 'refused'; readonly code: string; readonly retryAt?: number };

/** What becomes of a question that was not refused, in the order in which it can happen. */
export type Outcome =
  /** The partner creates the customer. */
  | 'created'
  /** The applicant has proved their identity to the bank, which confirms it. */
  | 'proved'
  /** The papers that it was proved with turn out to be somebody else's: the bank takes its word back. */
  | 'revoked'
  | 'withdrawn'
  /** A customer who was told of the question says that it was theirs. */
  | 'acknowledged'
  /** Somebody who was told of the question says that it was not. */
  | 'denied';

/** A defence took a step against an owner, or gave notice of it. */
export interface Alarm {
  readonly owner: string;
  /** Epoch ms. */
  readonly at: number;
  /** What was noticed, in one word. */
  readonly cause: string;
  /** Whether something was done about it without a human. */
  readonly isStep: boolean;
}

/**
 * What stands between partners and the bank's answers: this service in one of its modes, or what a bank would use instead. It
 * is driven by one caller in the order of time, and answers at once.
 */
export interface Defence {
  /** Time goes by: whatever is due up to `now` (epoch ms) happens. Called before anything at that time. */
  advance(now: number): void;
  ask(question: Question): Reply;
  /** @param at epoch ms */
  happens(outcome: Outcome, question: Question, at: number): void;
  /** A human has looked, and stops the owner for good. */
  stop(owner: string, at: number): void;
  /** In the order in which they were raised. */
  readonly alarms: readonly Alarm[];
  /** What the bank charged the owner, in the price of one call. */
  charged(owner: string): number;
  /** Leads that the owner has opened so far; who reads what is noticed of it knows them where the defence counts them. */
  admitted?(owner: string): number;
  /** What has to be brought now for anybody to be confirmed to this owner; what its maker says where it does not differ by owner. */
  demandsOf?(owner: string): 'secret' | 'contact' | undefined;
  /** Whether the owner is now in a stricter mode than was agreed with it; of a defence without modes, nobody ever is. */
  isStricter?(owner: string): boolean;
}

/** A human who looks at what was noticed, and stops an owner. */
export interface Human {
  /** Notices of one kind on which an owner is stopped, at the least: of what never comes of an honest lead so many are enough. */
  readonly atLeast: number;
  /** Days within which notices count together. */
  readonly within: number;
  /** Days until the human acts. */
  readonly after: number;
  /** Times that an honest owner may be stopped, for each and year. */
  readonly falseStops: number;
}

/** How a defence is made for a run. */
export interface DefenceMaker {
  /** As it stands in reports. */
  readonly name: string;
  /** What it is, where it comes from, with its parameters: one sentence, and a source where there is one. */
  readonly description: string;
  /** What has to be brought beside name and birth date for anybody to be confirmed; nothing unless given. */
  readonly demands?: 'secret' | 'contact';
  /** Who reads what is noticed; nobody unless given. */
  readonly human?: Human;
  make(world: DefendedWorld): Defence;
}

/** What every defence is told of the world that it stands in. */
export interface DefendedWorld {
  readonly seed: number;
  /** Epoch ms of the run's begin. */
  readonly from: number;
  isCustomer(person: number): boolean;
  /** A customer who has locked their membership. */
  isLocked(person: number): boolean;
  /** Somebody whom no honest partner can have as an applicant, and whom the bank has registered as such. */
  isCanary(person: number): boolean;
  readonly owners: readonly DefendedOwner[];
}

/** An owner as the bank knows it when the agreement is signed. */
export interface DefendedOwner {
  readonly owner: string;
  readonly partners: readonly { readonly partner: string; readonly agents: readonly string[] }[];
  /** L, leads a weekday, as agreed; undefined for an owner of whom nothing is known. */
  readonly figures?: {
    readonly leadsPerDay: number;
    readonly existingShare: number;
    readonly acknowledgedShare: number;
    readonly conversion: number;
    /** Acknowledged leads of the bank's pool of partners, as a share of all; without it the machine raises nothing. */
    readonly acknowledgedBaseline?: { readonly share: number; readonly sigma: number };
  };
}
