/** A moment with its offset (RFC 3339), of those that ISO 8601 allows the ones that `Date` reads: no weeks, no days of the year. */
export const INSTANT = /^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
