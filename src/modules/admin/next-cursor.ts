import type { FastifyReply } from 'fastify';

/** Tells where the next page of a list by descending id begins, if this one is full. */
export function sendNextCursor(reply: FastifyReply, page: readonly { readonly id: number }[], limit: number): void {
  const last = page.length < limit ? undefined : page.at(-1);
  if (last !== undefined) reply.header('x-next-cursor', String(last.id));
}
