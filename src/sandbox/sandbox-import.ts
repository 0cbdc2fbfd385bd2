import { Injectable } from '@nestjs/common';
import { DomainError } from '../event-sourcing/decider.js';
import { type ImportProgress, RegisterImport } from '../modules/registry/register-import.js';
import { causedBy } from './furnishing.js';
import { registerNdjson } from './register.js';

export const SANDBOX_IMPORT = 'sandbox';

/** The sandbox's register, taken in as a bank's would be: resumable line by line. */
@Injectable()
export class SandboxImport {
  constructor(private readonly imports: RegisterImport) {}

  /** It is the last thing that a first start makes, so everything else is there too. */
  async isFinished(): Promise<boolean> {
    try {
      return (await this.imports.progress(SANDBOX_IMPORT)).finished;
    } catch (error) {
      if (error instanceof DomainError && error.code === 'IMPORT_NOT_FOUND') return false;
      throw error;
    }
  }

  /**
   * @param customers how many
   * @param onProgress told after each batch that is durable
   */
  async run(customers: number, onProgress: (progress: ImportProgress) => void, signal: AbortSignal): Promise<void> {
    const request = {
      importId: SANDBOX_IMPORT,
      body: registerNdjson(customers),
      onError: 'stop',
      cause: causedBy('process:sandbox'),
    } as const;
    for await (const progress of this.imports.run(request)) {
      const [bad] = progress.errors;
      if (bad !== undefined) throw new Error(`line ${bad.line} of the sandbox's register is bad: ${bad.reason}`);
      onProgress(progress);
      if (signal.aborted) return;
    }
  }
}
