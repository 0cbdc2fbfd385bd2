import { type Decider, DomainError } from '../../event-sourcing/decider.js';
import type { CustomersRegistered, ImportFinished, RegisterEvent } from './register.events.js';

/** How far an import has come. Constant in size, whatever the size of the import. */
export interface ImportState {
  status: 'unknown' | 'running' | 'finished';
  /** Last line that was taken in or rejected; 0 before the first. */
  toLine: number;
  accepted: number;
  rejected: number;
  contentHash: string;
}

export type RegisterCommand =
  | { readonly type: 'RegisterCustomers'; readonly data: CustomersRegistered['data'] }
  | { readonly type: 'FinishImport'; readonly data: ImportFinished['data'] };

export function registerStream(importId: string): string {
  return `register-${importId}`;
}

/**
 * The decider of `register-<importId>`. Its revision is the number of the batch, so a batch is written exactly once,
 * however often and by however many processes an import is sent.
 */
export const register: Decider<ImportState, RegisterCommand, RegisterEvent> = {
  name: 'register',
  version: 1,
  initial: () => ({ status: 'unknown', toLine: 0, accepted: 0, rejected: 0, contentHash: '' }),
  evolve,
  decide,
};

function evolve(state: ImportState, event: RegisterEvent): ImportState {
  switch (event.type) {
    case 'CustomersRegistered':
      state.status = 'running';
      state.toLine = event.data.toLine;
      state.accepted += event.data.accepted;
      state.rejected += event.data.rejected.length;
      state.contentHash = event.data.contentHash;
      return state;
    case 'ImportFinished':
      state.status = 'finished';
      state.contentHash = event.data.contentHash;
      return state;
  }
}

function decide(state: ImportState, command: RegisterCommand): readonly RegisterEvent[] {
  switch (command.type) {
    case 'RegisterCustomers':
      if (state.status === 'finished' || command.data.fromLine !== state.toLine + 1) throw importRunning();
      return [{ type: 'CustomersRegistered', data: command.data }];
    case 'FinishImport':
      if (command.data.lines !== state.toLine) throw importRunning();
      return state.status === 'finished' ? [] : [{ type: 'ImportFinished', data: command.data }];
  }
}

/** Somebody else is sending the same import, here or in another process. */
export function importRunning(): DomainError<'IMPORT_RUNNING'> {
  return new DomainError('IMPORT_RUNNING', 'the import is being sent by somebody else at the same time');
}

export function importContentDiffers(): DomainError<'IMPORT_CONTENT_DIFFERS'> {
  return new DomainError('IMPORT_CONTENT_DIFFERS', 'an import of this id began with other content');
}
