import type { Process } from '../../event-sourcing/process.js';
import type { LeadAdmitted } from '../owners/owner.events.js';
import type { FinishAdmission } from './lead.commands.js';
import type { LeadOpened } from './lead.events.js';

/** The request that admitted a lead opens it too; only when it has not, after this time, somebody else does. */
const GRACE_MS = 2_000;

/** An admission whose lead never opened, because the process died in between, is completed. */
export const finishAdmission: Process<LeadAdmitted['data'], LeadAdmitted | LeadOpened, Pick<FinishAdmission, 'type' | 'data'>> = {
  name: 'finish-admission',
  version: 1,
  handles: ['LeadAdmitted', 'LeadOpened'],
  key: ({ data }) => data.leadId,
  evolve: (_state, event) => (event.type === 'LeadAdmitted' ? event.data : undefined),
  owed: (admitted, { now }) => {
    const due = Date.parse(admitted.at) + GRACE_MS;
    return now < due ? { commands: [], wakeAt: due } : { commands: [{ type: 'FinishAdmission', data: { admitted } }] };
  },
};
