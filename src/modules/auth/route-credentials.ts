import type { ExecutionContext, Type } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import { ACCEPTED_CREDENTIALS } from '../../common/decorators/credentials.decorator.js';
import { PUBLIC_ROUTE } from '../../common/decorators/public.decorator.js';
import { REFUSAL_WORDS } from '../../common/decorators/refusal-words.decorator.js';
import type { RefusalWords } from '../../common/decorators/refusal-words.decorator.js';
import type { Principal } from '../../common/principal.js';

const LOGIN_ONLY: readonly Principal['kind'][] = ['jwt'];

/** What a route declares about who may come in, read from its handler, else from its controller. */
export interface RouteCredentials {
  readonly isPublic: boolean;
  /** Kinds of credential that the route takes. */
  readonly accepted: readonly Principal['kind'][];
  /** How it refuses the others. */
  readonly words: RefusalWords;
}

export type Handler = ReturnType<ExecutionContext['getHandler']>;

export function routeCredentials(reflector: Reflector, handler: Handler, controller: Type): RouteCredentials {
  const declared = <T>(key: string) => reflector.getAllAndOverride<T | undefined>(key, [handler, controller]);
  return {
    isPublic: declared<boolean>(PUBLIC_ROUTE) ?? false,
    accepted: declared<Principal['kind'][]>(ACCEPTED_CREDENTIALS) ?? LOGIN_ONLY,
    words: declared<RefusalWords>(REFUSAL_WORDS) ?? {},
  };
}
