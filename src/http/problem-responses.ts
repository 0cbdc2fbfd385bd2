import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import type { ProblemCode } from './problem.js';

export const PROBLEMS_EXTENSION = 'x-problems';

/**
 * The problems that a route's own rules lead to, for its documentation. What can happen on every route (authentication,
 * form, limits, the machine room) is added by docs.ts.
 */
export const ProblemResponses = (...codes: ProblemCode[]): MethodDecorator & ClassDecorator =>
  applyDecorators(ApiExtension(PROBLEMS_EXTENSION, codes));

export const GUARD_PROBLEMS_KEY = 'vestibule:guard-problems';

/** On a guard: what it refuses with, for the documentation of every route that it stands before. */
export const RefusesWith = (...codes: ProblemCode[]): ClassDecorator => SetMetadata(GUARD_PROBLEMS_KEY, codes);
