import { Injectable } from '@nestjs/common';
import { BoundedCache } from './bounded-cache.js';
import type { CredentialFacts } from './credential-facts.js';

const KNOWN_ENTRIES = 20_000;
const UNKNOWN_ENTRIES = 5_000;
/** The backstop when notifications do not come: a change is seen everywhere within this time. */
const UNCONFIRMED_TTL_MS = 4_000;
const KNOWN_TTL_MS = 60_000;
const UNKNOWN_TTL_MS = 1_000;

interface KnownFacts {
  readonly facts: CredentialFacts;
  readonly readAtMs: number;
}

/**
 * Who stands behind a credential, remembered per process for a minute while changes are certain to be heard of, else for a
 * few seconds. It only names principals: limits, and whether a call is admitted, are read from locked rows. Credentials are
 * keyed by a hash, never by their text.
 */
@Injectable()
export class PrincipalCache {
  private readonly known = new BoundedCache<KnownFacts>(KNOWN_ENTRIES, KNOWN_TTL_MS);
  private readonly unknown = new BoundedCache<true>(UNKNOWN_ENTRIES, UNKNOWN_TTL_MS);
  private readonly loading = new Map<string, Promise<CredentialFacts | null>>();
  private generation = 0;
  private confirmedUntilMs = -Infinity;

  /** Says that all changes up to then, by `performance.now()`, have been heard of: what is remembered stands for a few seconds more. */
  confirm(heardUntilMs: number): void {
    this.confirmedUntilMs = Math.max(this.confirmedUntilMs, heardUntilMs + UNCONFIRMED_TTL_MS);
  }

  /**
   * The facts of a credential, from memory or from `load`. Callers that arrive together share one load. What was read
   * before an invalidation is never kept after it. A rejected load is passed on and not remembered.
   */
  async find(credential: string, load: () => Promise<CredentialFacts | null>): Promise<CredentialFacts | null> {
    const known = this.known.get(credential);
    if (known !== undefined && this.stillStands(known)) {
      return known.facts;
    }
    if (this.unknown.get(credential)) {
      return null;
    }
    return this.loading.get(credential) ?? this.loadOnce(credential, load);
  }

  /** Forgets every credential of an account: its keys and its logins. */
  invalidateUser(userId: number): void {
    this.startGeneration();
    this.known.deleteWhere(({ facts }) => facts.account.userId === userId);
  }

  invalidateKey(keyId: number): void {
    this.startGeneration();
    this.known.deleteWhere(({ facts }) => facts.key?.id === keyId);
  }

  flush(): void {
    this.startGeneration();
    this.known.clear();
    this.unknown.clear();
  }

  private stillStands({ readAtMs }: KnownFacts): boolean {
    return performance.now() < Math.max(this.confirmedUntilMs, readAtMs + UNCONFIRMED_TTL_MS);
  }

  private startGeneration(): void {
    this.generation += 1;
    this.loading.clear();
  }

  private loadOnce(credential: string, load: () => Promise<CredentialFacts | null>): Promise<CredentialFacts | null> {
    const promise = this.loadAndKeep(credential, load, this.generation).finally(() => {
      if (this.loading.get(credential) === promise) {
        this.loading.delete(credential);
      }
    });
    this.loading.set(credential, promise);
    return promise;
  }

  private async loadAndKeep(
    credential: string,
    load: () => Promise<CredentialFacts | null>,
    generation: number,
  ): Promise<CredentialFacts | null> {
    const readAtMs = performance.now();
    const facts = await load();
    if (generation === this.generation) {
      if (facts === null) {
        this.unknown.set(credential, true);
      } else {
        this.known.set(credential, { facts, readAtMs });
      }
    }
    return facts;
  }
}
