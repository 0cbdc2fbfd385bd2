/** Does the error say that the file is no whole SQLite database? (By its code: the binding's error class exists once per realm.) */
export function saysDamaged(error: unknown): boolean {
  const code = String((error as { code?: unknown } | null)?.code);
  return code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB';
}
