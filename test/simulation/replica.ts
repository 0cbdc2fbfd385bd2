import { Disk } from './disk.js';
import type { Ask, Reply } from './front-door.js';
import { type Host, Program } from './program.js';
import type { World } from './world.js';

/** One machine: a disk, a clock that may be wrong, and the program, which its supervisor starts again whenever it ended. */
export class Replica implements Host {
  readonly disk = new Disk();
  clockAhead = 0;
  private runs = 0;
  private program: Program | undefined;
  /** Nothing is started any more. */
  private closed = false;

  constructor(
    private readonly world: World,
    readonly name: string,
  ) {}

  get running(): Program | undefined {
    return this.program;
  }

  /** Resolves when it runs, or when it has died of the attempt. */
  async start(): Promise<void> {
    if (this.program !== undefined || this.closed) return;
    this.runs += 1;
    const program = new Program(this.world, this, this.runs);
    this.program = program;
    this.world.recorder.began(program);
    await Promise.race([program.start().catch(() => program.die()), program.whenDead]);
  }

  died(program: Program): void {
    if (this.program === program) this.program = undefined;
    const chance = this.world.chance.of(`death of ${program.id}`);
    // A power loss takes more than a kill; and a disk may have to be replaced.
    if (chance.happens(0.2)) this.disk.readModels = this.disk.earlierReadModels;
    if (chance.happens(0.1)) this.disk.readModels = undefined;
    if (chance.happens(0.2)) this.disk.folds.clear();
    this.disk.earlierReadModels = this.disk.readModels;
    this.world.recorder.ended(program, false);
    setTimeout(() => void this.start(), chance.exponential(700));
  }

  /** A new version is rolled out. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Ends in good order. */
  async stop(): Promise<void> {
    const program = this.program;
    if (program === undefined || !(await program.stop())) return;
    this.world.recorder.ended(program, true);
    if (this.program === program) this.program = undefined;
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.stop();
  }

  kill(): void {
    this.program?.die();
  }

  answer(ask: Ask): Promise<Reply | undefined> {
    return this.program?.answer(ask) ?? Promise.resolve(undefined);
  }
}
