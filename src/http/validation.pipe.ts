import type { ArgumentMetadata, PipeTransform, Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, type ValidationError, validateSync } from 'class-validator';
import { type MemberError, Problem } from './problem.js';

const RULES = {
  whitelist: true,
  forbidNonWhitelisted: true,
  forbidUnknownValues: true,
  stopAtFirstError: true,
  validationError: { target: false, value: false },
} as const;

/** A path's parameters are texts, which their handlers read themselves. */
const PLAIN: ReadonlySet<unknown> = new Set([String, Number, Boolean, Array, Object]);

/**
 * Members by their schema, after the message's form (json-body.ts) and after the client is known. A member that the schema
 * does not have is reported at the object that holds it: its name is input, and input is not repeated (R34).
 *
 * Nest's own `ValidationPipe` does the same in twice the time: it prepares for values that the form has ruled out, and for
 * rules that wait for something, of which there are none.
 */
export class MemberValidation implements PipeTransform {
  constructor() {
    rememberRules();
  }

  transform(value: unknown, { metatype, type }: ArgumentMetadata): unknown {
    if (metatype === undefined || type === 'custom' || PLAIN.has(metatype)) return value;
    const members = plainToInstance(metatype as Type<object>, value ?? {});
    const errors = validateSync(members, RULES);
    if (errors.length > 0) throw new Problem('MEMBERS_INVALID', { errors: memberErrors(errors) });
    return members;
  }
}

let rulesAreRemembered = false;

/** class-validator collects the rules of a class anew for each object of it; they never change once all modules are loaded. */
function rememberRules(): void {
  if (rulesAreRemembered) return;
  rulesAreRemembered = true;
  const storage = getMetadataStorage();
  const collect = storage.getTargetValidationMetadatas.bind(storage);
  const collected = new Map<unknown, ReturnType<typeof collect>>();
  storage.getTargetValidationMetadatas = (of, schema, ...options) => {
    const known = collected.get(of);
    if (known !== undefined) return known;
    const rules = collect(of, schema, ...options);
    collected.set(of, rules);
    return rules;
  };
}

const MAX_ERRORS = 50;

export function memberErrors(errors: readonly ValidationError[]): MemberError[] {
  const found = errors.flatMap((error) => below(error, ''));
  const distinct = new Map(found.map((each) => [`${each.member} ${each.rule}`, each]));
  return [...distinct.values()].slice(0, MAX_ERRORS);
}

function below({ property, constraints = {}, children = [] }: ValidationError, path: string): MemberError[] {
  if ('whitelistValidation' in constraints) return [{ member: path || '(body)', rule: 'noOtherMembers' }];
  const member = path === '' ? property : `${path}.${property}`;
  const own = Object.keys(constraints).map((rule) => ({ member, rule }));
  return [...own, ...children.flatMap((child) => below(child, member))];
}
