import 'reflect-metadata';
import { ValidateBy, validateSync } from 'class-validator';
import { Failed, readJson } from '../cli/command-line.js';
import type { Course, HonestBusiness } from './honest.js';

const COURSES: readonly Course[] = ['steady', 'campaigns', 'season', 'growth', 'outage', 'nights', 'holidays'];

/** One rule a member, so that it has one complaint; who leaves a member out has the ordinary partner's. */
const Rule = (name: string, holds: (value: unknown) => boolean, what: string): PropertyDecorator =>
  ValidateBy({
    name,
    validator: { validate: (value) => value === undefined || holds(value), defaultMessage: () => `$property must be ${what}` },
  });

const IsShare = (what: string, holds: (share: number) => boolean): PropertyDecorator =>
  Rule('isShare', (value) => typeof value === 'number' && holds(value), what);

const IsAnyShare = (): PropertyDecorator => IsShare('a share, from 0 to 1', (share) => share >= 0 && share <= 1);

const IsWhole = (from: number, to: number): PropertyDecorator =>
  Rule(
    'isWhole',
    (value) => Number.isInteger(value) && Number(value) >= from && Number(value) <= to,
    `a whole number from ${from} to ${to}`,
  );

/** A bank's partner as the bank describes it: any of the members, the others as an ordinary one has them. */
class PartnerFile {
  @IsWhole(1, 100_000) leadsPerDay?: number;
  @IsShare('a share, from 0 to below 1', (share) => share >= 0 && share < 1) existingShare?: number;
  @IsAnyShare() acknowledgedShare?: number;
  @IsShare('a share, above 0 and up to 1', (share) => share > 0 && share <= 1) conversion?: number;
  @Rule('isCourse', (value) => COURSES.includes(value as Course), `one of ${COURSES.join(', ')}`) course?: Course;
  @Rule('isYesOrNo', (value) => typeof value === 'boolean', 'true or false') isSlow?: boolean;
  @IsAnyShare() forgotten?: number;
  @IsAnyShare() mistyped?: number;
  @IsAnyShare() returning?: number;
  @IsWhole(1, 10_000) agents?: number;
}

const MEMBERS: readonly (keyof PartnerFile & keyof HonestBusiness)[] = [
  'leadsPerDay',
  'existingShare',
  'acknowledgedShare',
  'conversion',
  'course',
  'isSlow',
  'forgotten',
  'mistyped',
  'returning',
  'agents',
];

/** So much a settled conversion can earn at most for figures that could be anybody's; beyond it a slip is likelier. */
const MOST_PER_CONVERSION = 100;

/**
 * Of a host what the file says.
 * @throws Failed that names the file, and the member that is wrong
 */
export function readPartner(path: string): Partial<HonestBusiness> {
  const json = readJson(path);
  const complaint = complaintOf(json);
  if (complaint !== undefined) throw new Failed(`${path}: ${complaint}`);
  return json as Partial<HonestBusiness>;
}

function complaintOf(json: unknown): string | undefined {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return 'a partner is a JSON object';
  const unknown = Object.keys(json).find((key) => !MEMBERS.includes(key as keyof PartnerFile));
  if (unknown !== undefined) return `${unknown} is no member of a partner; members are ${MEMBERS.join(', ')}`;
  const [wrong] = validateSync(Object.assign(new PartnerFile(), json), { stopAtFirstError: true });
  return wrong === undefined ? undefined : Object.values(wrong.constraints ?? {}).join();
}

/**
 * Each figure may be possible by itself, and no terms follow from all of them.
 * @returns what is impossible about them, in a sentence; undefined where nothing is
 */
export function impossible({ existingShare, acknowledgedShare, conversion }: HonestBusiness): string | undefined {
  const perConversion = (1.05 - existingShare * acknowledgedShare) / ((1 - existingShare) * conversion);
  if (perConversion <= MOST_PER_CONVERSION) return undefined;
  return `conversion and existingShare together leave so few conversions that each would have to earn more than ${MOST_PER_CONVERSION} leads`;
}
