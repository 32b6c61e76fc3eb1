/** The shapes in which the route families write their errors. */
export type ErrorDialect = 'openai' | 'anthropic' | 'guardflow' | 'worker' | 'detail';

const OPENAI_PATHS = /^\/(?:api\/)?v1\/(?:chat\/completions|completions|embeddings|responses|models)(?:\/|$)/;
const ANTHROPIC_PATHS = /^\/(?:api\/)?v1\/messages(?:\/|$)/;
const WORKER_PATHS = /^\/(?:(?:users\/)?(?:register|login)|api-keys(?:\/.*)?|chat\/completions)\/?$/;

/** The dialect of a path, whether or not a route exists there: a 404 speaks the language of its neighbours. */
export function errorDialectOf(path: string): ErrorDialect {
  if (path.startsWith('/api/v1/chat/completions')) return 'guardflow';
  if (ANTHROPIC_PATHS.test(path)) return 'anthropic';
  if (path.startsWith('/v1/') || OPENAI_PATHS.test(path)) return 'openai';
  if (WORKER_PATHS.test(path)) return 'worker';
  return 'detail';
}
