import type { Group } from './group.js';
import { appends } from './rows/appends.js';
import { checks } from './rows/checks.js';
import { onEventStoreDb } from './rows/eventstoredb.js';
import { growth } from './rows/growth.js';
import { registerImport } from './rows/import.js';
import { memberLookup } from './rows/member-lookup.js';
import { proofs } from './rows/proofs.js';
import { rebuild } from './rows/rebuild.js';

/** In the order in which they are measured. */
export const GROUPS: readonly Group[] = [checks, proofs, appends, rebuild, memberLookup, registerImport, growth, onEventStoreDb];
