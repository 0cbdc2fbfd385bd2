import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsISO8601,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
} from 'class-validator';

import { INSTANT } from '../http/instant.js';

/** A whole number in a query string: decimal digits and nothing else, so that `1e3`, ` 1` and an empty text are none. */
export function WholeNumber({ min, max, ...doc }: { min: number; max: number; default?: number; description?: string }): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ type: 'integer', minimum: min, maximum: max, ...doc }),
    IsOptional(),
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value)),
    IsInt(),
    Min(min),
    Max(max),
  );
}

/** A name to filter by. */
export function FilterText(description: string, example?: string): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ description, maxLength: 200, ...(example !== undefined && { example }) }),
    IsOptional(),
    IsString(),
    Length(1, 200),
  );
}

export function OneOf(values: readonly string[], description: string): PropertyDecorator {
  return applyDecorators(ApiPropertyOptional({ enum: values, description }), IsOptional(), IsIn(values));
}

/** Some of the values, with commas between them. */
export function SomeOf(values: readonly string[], description: string, example: string): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ type: String, description: `${description}; with commas between them, of ${values.join(', ')}`, example }),
    IsOptional(),
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.split(',') : value)),
    IsArray(),
    ArrayUnique(),
    IsIn(values, { each: true }),
  );
}

/** Names, with commas between them. */
export function Names(description: string, example: string): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ type: String, description, example }),
    IsOptional(),
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.split(',') : value)),
    IsArray(),
    ArrayMaxSize(50),
    ArrayUnique(),
    Matches(/^[A-Za-z]{1,60}$/, { each: true }),
  );
}

/** A figure to sort by, with `-` before it for the largest first. */
export function SortBy(figures: readonly string[]): PropertyDecorator {
  const values = figures.flatMap((figure) => [figure, `-${figure}`]);
  return applyDecorators(
    ApiPropertyOptional({ enum: values, description: 'ascending; with `-` before it descending' }),
    IsOptional(),
    IsIn(values),
  );
}

export function sortOf(sort: string | undefined): { readonly sort?: string; readonly descending?: boolean } {
  if (sort === undefined) return {};
  return sort.startsWith('-') ? { sort: sort.slice(1), descending: true } : { sort };
}

/** A day that exists. */
export function Day(description: string): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ format: 'date', description }),
    IsOptional(),
    Matches(/^\d{4}-\d{2}-\d{2}$/),
    IsISO8601({ strict: true }),
  );
}

/** A month as `yyyy-mm`. */
export function Month(description: string): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ example: '2026-11', pattern: '^\\d{4}-(0[1-9]|1[0-2])$', description }),
    IsOptional(),
    Matches(/^\d{4}-(0[1-9]|1[0-2])$/),
  );
}

/** A moment with its offset; `instant()` makes it comparable with the log's times. */
export function Moment(description: string): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ format: 'date-time', description }),
    IsOptional(),
    IsISO8601({ strict: true, strictSeparator: true }),
    Matches(INSTANT),
  );
}

export function instant(moment: string | undefined): string | undefined {
  return moment === undefined ? undefined : new Date(moment).toISOString();
}

/** The members of every list. */
export class ListQuery {
  @WholeNumber({ min: 1, max: 1000, default: 100, description: 'largest number of rows' })
  limit = 100;

  @ApiPropertyOptional({ description: 'where the page before ended: its `next`', maxLength: 2000 })
  @IsOptional()
  @IsString()
  @Length(1, 2000)
  cursor?: string;
}

/** The members of every list of the analysts. */
export class AnalystListQuery extends ListQuery {
  @WholeNumber({ min: 0, max: Number.MAX_SAFE_INTEGER, description: 'wait until what is shown is current up to this position of the log' })
  after?: number;
}

/** Of a single thing that an analyst looks at. */
export class AnalystQuery {
  @WholeNumber({ min: 0, max: Number.MAX_SAFE_INTEGER, description: 'wait until what is shown is current up to this position of the log' })
  after?: number;
}

/** No members at all. */
export class NoQuery {
  /** Without a rule the class has no schema, and would let everything pass; no value satisfies this one. */
  @IsOptional()
  @IsIn([])
  none?: never;
}
