import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { Sqlite } from '../../event-sourcing/sqlite.js';
import { type DataKey, newDataKey, sealTextUnder, unwrapUnderAny, wrapDataKey } from './data-key.js';

/** A wrapped data key with its subject. */
export type WrappedKey = readonly [subject: string, wrapped: Uint8Array];

/** As two strings, which cross to another thread far cheaper than a thousand. */
interface TextsToSeal {
  /** The newest first. */
  readonly masters: readonly Uint8Array[];
  /** JSON of an array. */
  readonly subjects: string;
  /** JSON of each, a line each. */
  readonly plaintexts: string;
}

export type VaultQuestion =
  | { readonly kind: 'ensure'; readonly keys: readonly WrappedKey[] }
  | ({ readonly kind: 'seal' } & TextsToSeal)
  | { readonly kind: 'get'; readonly subject: string }
  | { readonly kind: 'destroy'; readonly subject: string }
  | { readonly kind: 'page'; readonly after: string; readonly limit: number }
  | { readonly kind: 'replace'; readonly keys: readonly WrappedKey[] }
  | { readonly kind: 'close' };

/** To `ensure`: the key that each subject has now. To `seal`: what each text is sealed, a line each. To `get`: the key or nothing. To `page`: the keys of the subjects that come next. */
export interface VaultAnswer {
  readonly sealed?: string;
  readonly wrapped?: readonly (Uint8Array | undefined)[];
  readonly page?: readonly WrappedKey[];
}

export interface VaultReply {
  readonly seq: number;
  readonly answer?: VaultAnswer;
  readonly failed?: string;
}

export type VaultRequest = readonly [seq: number, question: VaultQuestion];

const port = parentPort as MessagePort;
const { file } = workerData as { file: string };

const db = new Sqlite(file);
// A register's keys come in no order, each into another page: small ones, or a million customers are eight gigabytes to write. It
// counts for a file that is new.
db.pragma('page_size = 1024');
db.pragma('journal_mode = WAL');
// WAL's own default is NORMAL: a key could be lost after something was sealed under it for good (I12).
db.pragma('synchronous = FULL');
db.pragma('fullfsync = ON');
// A deleted key must be overwritten, not only forgotten.
db.pragma('secure_delete = ON');
if (db.pragma('synchronous', { simple: true }) !== 2 || db.pragma('secure_delete', { simple: true }) !== 1) {
  throw new Error('the vault needs synchronous=FULL and secure_delete=ON');
}
db.pragma('cache_size = -32768');
// Pages: what is written to again and again is copied into the file once in a while.
db.pragma('wal_autocheckpoint = 64000');
db.exec('CREATE TABLE IF NOT EXISTS data_key (subject TEXT PRIMARY KEY, wrapped BLOB NOT NULL) STRICT, WITHOUT ROWID');
// Whatever a crash left in the write-ahead log, a destroyed key included, goes into the file and is synced.
db.pragma('wal_checkpoint(TRUNCATE)');

const insert = db.prepare<[string, Uint8Array]>('INSERT INTO data_key (subject, wrapped) VALUES (?, ?) ON CONFLICT DO NOTHING');
const select = db.prepare<[string], Uint8Array>('SELECT wrapped FROM data_key WHERE subject = ?').pluck();
const selectAfter = db
  .prepare<[string, number], WrappedKey>('SELECT subject, wrapped FROM data_key WHERE subject > ? ORDER BY subject LIMIT ?')
  .raw();
// Of a subject that is still there: one that was destroyed meanwhile stays so.
const update = db.prepare<[Uint8Array, string]>('UPDATE data_key SET wrapped = ? WHERE subject = ?');
const remove = db.prepare<[string]>('DELETE FROM data_key WHERE subject = ?');

/** The subject's key, made when there is none. It counts when the transaction is on the disk, and nothing is said before. */
function ensured(subject: string, masters: readonly Uint8Array[]): DataKey {
  const made = newDataKey();
  if (insert.run(subject, wrapDataKey(Buffer.from(masters[0] as Uint8Array), subject, made)).changes > 0) return made;
  return unwrapUnderAny(masters, subject, select.get(subject) as Uint8Array);
}

function sealed({ masters, subjects, plaintexts }: TextsToSeal): string {
  const texts = plaintexts.split('\n');
  const seal = (subject: string, i: number): string => sealTextUnder(ensured(subject, masters), subject, texts[i] as string);
  return (JSON.parse(subjects) as string[]).map(seal).join('\n');
}

function answer(question: VaultQuestion): VaultAnswer {
  switch (question.kind) {
    case 'ensure':
      for (const key of question.keys) insert.run(...key);
      return { wrapped: question.keys.map(([subject]) => select.get(subject)) };
    case 'seal':
      return { sealed: sealed(question) };
    case 'get':
      return { wrapped: [select.get(question.subject)] };
    case 'destroy':
      remove.run(question.subject);
      return {};
    case 'page':
      return { page: selectAfter.all(question.after, question.limit) };
    case 'replace':
      for (const [subject, wrapped] of question.keys) update.run(wrapped, subject);
      return {};
    case 'close':
      return {};
  }
}

/** Everything that waits becomes one transaction with one sync; it is answered after that, or fails as a whole. */
const answerAll = db.transaction((requests: readonly VaultRequest[]): VaultReply[] =>
  requests.map(([seq, question]) => ({ seq, answer: answer(question) })),
);

/** The pages that held a key lie in the write-ahead log until it is cut. */
function cutWriteAheadLog(): void {
  const [{ busy }] = db.pragma('wal_checkpoint(TRUNCATE)') as [{ busy: number }];
  if (busy !== 0) throw new Error('the write-ahead log of the vault could not be cut: another process reads it');
}

port.on('message', (requests: readonly VaultRequest[]) => {
  try {
    const replies = answerAll(requests);
    if (requests.some(([, { kind }]) => kind === 'destroy' || kind === 'replace')) cutWriteAheadLog();
    if (requests.some(([, { kind }]) => kind === 'close')) db.close();
    port.postMessage(replies);
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    const failed = code ?? message;
    port.postMessage(requests.map(([seq]) => ({ seq, failed })));
  }
  if (!db.open) port.close();
});
port.postMessage('ready');
