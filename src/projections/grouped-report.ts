import type { Database } from 'better-sqlite3';
import { ForeignPlace, type Page, pageOf, type Place } from './page.js';

/**
 * Counts in a table that can be summed over any of its dimensions. Everything in it is SQL that stands in this program;
 * what comes from a request is a name to look up here, or a bound value.
 */
export interface GroupedReport {
  readonly table: string;
  /** Name of a dimension -> expression over a row; text, never null. */
  readonly groups: Readonly<Record<string, string>>;
  /** Name of a figure -> aggregate over the rows of a group; never null. */
  readonly figures: Readonly<Record<string, string>>;
  /** Name of a filter -> condition over a row, with one `?`. */
  readonly filters: Readonly<Record<string, string>>;
}

export interface ReportQuestion {
  /** At least one dimension. */
  readonly by: readonly string[];
  readonly filters: Readonly<Record<string, string | undefined>>;
  /** A figure; the groups themselves unless given. */
  readonly sort?: string;
  readonly descending?: boolean;
  readonly after?: Place;
  readonly limit: number;
}

export type ReportRow = Readonly<Record<string, string | number>>;

/**
 * A page of groups. The sort key is the figure, then the groups, all in the same direction, so that one row-value
 * comparison finds the next page.
 * @throws ForeignPlace when `after` comes from a question with other groups or another sort
 */
export function askReport(db: Database, report: GroupedReport, question: ReportQuestion): Page<ReportRow> {
  const { by, sort, after, limit } = question;
  const groups = by.map((name) => `${known(report.groups, name)} AS "${name}"`);
  const figures = Object.entries(report.figures).map(([name, sql]) => `${sql} AS "${name}"`);
  if (sort !== undefined) known(report.figures, sort);
  const keys = [...(sort === undefined ? [] : [sort]), ...by];
  const { where, values } = conditions(report, question);
  if (after !== undefined && after.length !== keys.length) throw new ForeignPlace('the place belongs to another question');
  const direction = question.descending ? 'DESC' : 'ASC';
  const sql = `
    SELECT * FROM (SELECT ${[...groups, ...figures].join(', ')} FROM ${report.table} ${where} GROUP BY ${by.map((_, i) => i + 1).join(', ')})
    ${after === undefined ? '' : `WHERE (${keys.map(quoted).join()}) ${question.descending ? '<' : '>'} (${keys.map(() => '?').join()})`}
    ORDER BY ${keys.map((key) => `${quoted(key)} ${direction}`).join(', ')} LIMIT ?`;
  const rows = db.prepare<unknown[], ReportRow>(sql).all(...values, ...(after ?? []), limit + 1);
  return pageOf(rows, limit, (row) => keys.map((key) => row[key]!));
}

/** The `WHERE` of a question and what to bind to it. */
export function conditions(report: GroupedReport, { filters }: Pick<ReportQuestion, 'filters'>): { where: string; values: string[] } {
  const asked = Object.entries(filters).flatMap(([name, value]) =>
    value === undefined ? [] : [{ sql: known(report.filters, name), value }],
  );
  return { where: asked.length === 0 ? '' : `WHERE ${asked.map(({ sql }) => sql).join(' AND ')}`, values: asked.map(({ value }) => value) };
}

/** Expressions that make a row's group, in the order asked for. */
export function groupExpressions(report: GroupedReport, by: readonly string[]): readonly string[] {
  return by.map((name) => known(report.groups, name));
}

function known(names: Readonly<Record<string, string>>, name: string): string {
  const sql = Object.hasOwn(names, name) ? names[name] : undefined;
  if (sql === undefined) throw new Error('a dimension, figure or filter that the report does not have');
  return sql;
}

function quoted(name: string): string {
  return `"${name}"`;
}
