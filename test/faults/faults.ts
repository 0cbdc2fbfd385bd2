import { CLIENTS } from './client.faults.js';
import { CLOCKS } from './clock.faults.js';
import { DISKS } from './disk.faults.js';
import { ON_EVENTSTOREDB } from './eventstoredb.faults.js';
import type { Fault } from './fault.js';
import { FILES } from './file.faults.js';
import { ISSUERS } from './issuer.faults.js';
import { KILLS } from './kill.faults.js';
import { PROCESSES } from './process.faults.js';
import { BY_SPECS } from './spec.faults.js';

/** The list of faults; one of several parts has a line for each. */
export const FAULTS: readonly Fault[] = [
  ...KILLS,
  ...CLIENTS,
  ...PROCESSES,
  ...DISKS,
  ...FILES,
  ...CLOCKS,
  ...ISSUERS,
  ...ON_EVENTSTOREDB,
  ...BY_SPECS,
];
