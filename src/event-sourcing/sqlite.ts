import { createRequire } from 'node:module';
import type Database from 'better-sqlite3';

const FIRST_FOR_13 = 22;

/**
 * SQLite for the Node that runs: better-sqlite3 13 needs Node 22, and 12, which serves Node 20, aborts the process on Node
 * 24.19 and later when it collects a closed statement (nodejs/node#65446). Both are installed, and one is loaded.
 */
const name = Number(process.versions.node.split('.', 1)[0]) >= FIRST_FOR_13 ? 'better-sqlite3-13' : 'better-sqlite3';
export const Sqlite = createRequire(import.meta.url)(name) as typeof Database;
