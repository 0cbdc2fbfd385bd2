import { ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { type MemberError, Problem } from './problem.js';

/**
 * Members by their schema, after the message's form (json-body.ts) and after the client is known. A member that the schema
 * does not have is reported at the object that holds it: its name is input, and input is not repeated (R34).
 */
export function memberValidation(): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    stopAtFirstError: true,
    exceptionFactory: (errors) => new Problem('MEMBERS_INVALID', { errors: memberErrors(errors) }),
  });
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
