import { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { DispatcherService } from '../dispatcher.service.js';
import type { Dispatch } from '../dispatcher.service.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import { AnswerCacheService } from './answer-cache.service.js';
import type { PreparedTarget } from './answer-cache.service.js';
import type { CacheSlot } from './cache-slot.js';

/** What a request may have of the cache: nothing, a fresh answer that is kept, or a kept one too. */
export type CacheUse = 'none' | 'refresh' | 'full';

const HEADER = 'x-gatehouse-cache';

/** Gets a call answered from the cache where that is allowed, else by an upstream. */
@Injectable()
export class CachingDispatcher {
  constructor(
    @Inject(DispatcherService) private readonly dispatcher: DispatcherService,
    @Inject(ProviderRegistry) private readonly providers: ProviderRegistry,
    @Inject(AnswerCacheService) private readonly cache: AnswerCacheService,
  ) {}

  /**
   * As `DispatcherService.dispatch`; the answer is marked with a header where a cache has to do with it.
   * @param read also takes what keeps the answer, to be called once it is complete and billed; null where it is not kept
   */
  async dispatch<Result>(
    dispatch: Omit<Dispatch<Result>, 'read'> & {
      readonly read: (answer: Parameters<Dispatch<Result>['read']>[0], slot: CacheSlot | null) => Promise<Result>;
    },
    use: CacheUse,
    reply: FastifyReply,
  ): Promise<Result> {
    const prepared = use === 'none' ? [] : this.prepare(dispatch);
    const slot = this.cache.slotFor(dispatch.call, prepared);
    if (slot === null) return this.dispatcher.dispatch({ ...dispatch, read: (answer) => dispatch.read(answer, null) });
    const kept = use === 'full' ? await slot.find() : undefined;
    const source = prepared.find(
      ({ target }) => target.provider === kept?.provider && target.upstreamModel === kept.upstream_model,
    );
    void reply.header(HEADER, source === undefined ? 'miss' : 'hit');
    if (kept !== undefined && source !== undefined) {
      const { target, upstreamCall } = source;
      dispatch.signal.throwIfAborted();
      dispatch.call.answeredFromCache(target, this.cache.billedPercent);
      return dispatch.read({ body: Readable.from([kept.body]), target, format: upstreamCall.format }, null);
    }
    return this.dispatcher.dispatch({
      ...dispatch,
      read: (answer) => {
        slot.record(answer.body, answer.target);
        return dispatch.read(answer, slot);
      },
    });
  }

  private prepare({ call, prepare }: Pick<Dispatch<unknown>, 'call' | 'prepare'>): PreparedTarget[] {
    return call.route.targets.flatMap((target) => {
      const provider = this.providers.get(target.provider);
      const upstreamCall = provider && prepare(target, provider);
      return upstreamCall === undefined ? [] : [{ target, upstreamCall }];
    });
  }
}
