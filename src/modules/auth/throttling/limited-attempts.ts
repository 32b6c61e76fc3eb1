import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { AttemptPurpose } from './attempt-limits.js';

/** What the attempts on a route are for, and how they name an account. */
export interface LimitedAttempts {
  readonly purpose: AttemptPurpose;
  /** The body's field that the route reads the account from. Without one it is whoever is logged in, if anybody. */
  readonly accountField?: 'username' | 'email';
}

export const LimitedAttemptsOf = Reflector.createDecorator<LimitedAttempts>();

const reflector = new Reflector();

/** @throws Error on a route that does not say, which is a mistake of ours */
export function limitedAttempts(context: ExecutionContext): LimitedAttempts {
  const limited = reflector.getAllAndOverride(LimitedAttemptsOf, [context.getHandler(), context.getClass()]);
  if (limited === undefined) {
    throw new Error(`${context.getClass().name}.${context.getHandler().name} limits attempts without saying which`);
  }
  return limited;
}
