import type { Group } from './group.js';
import { appends } from './rows/appends.js';
import { checks } from './rows/checks.js';
import { memberLookup } from './rows/member-lookup.js';

/** In the order in which they are measured. */
export const GROUPS: readonly Group[] = [checks, appends, memberLookup];
