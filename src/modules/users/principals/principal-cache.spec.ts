import { UNRESTRICTED } from '../../../common/principal.js';
import type { CredentialFacts } from './credential-facts.js';
import { PrincipalCache } from './principal-cache.js';

function factsOf(userId: number, keyId: number | null): CredentialFacts {
  return {
    account: {
      userId,
      userPublicId: '00000000-0000-4000-8000-000000000000',
      email: 'user@example.com',
      role: 'user',
      isActive: true,
      isBlocked: false,
      blockedReason: null,
      caseId: null,
      isDeleted: false,
      sessionEpoch: 0,
    },
    key:
      keyId === null
        ? null
        : { id: keyId, isActive: true, isRevoked: false, expiresAt: null, secretExpiresAt: null, ...UNRESTRICTED },
    sessionOpen: true,
  };
}

describe('PrincipalCache', () => {
  let cache: PrincipalCache;
  let loads: number;
  const loader = (facts: CredentialFacts | null) => () => {
    loads += 1;
    return Promise.resolve(facts);
  };

  beforeEach(() => {
    cache = new PrincipalCache();
    loads = 0;
  });

  it('loads once for callers that arrive together, and not again afterwards', async () => {
    await Promise.all([cache.find('k', loader(factsOf(1, 7))), cache.find('k', loader(factsOf(1, 7)))]);
    await cache.find('k', loader(factsOf(1, 7)));
    expect(loads).toBe(1);
  });

  it('remembers that a credential is unknown', async () => {
    expect(await cache.find('k', loader(null))).toBeNull();
    expect(await cache.find('k', loader(factsOf(1, 7)))).toBeNull();
    expect(loads).toBe(1);
  });

  it('forgets the credentials of one account and no others', async () => {
    await cache.find('mine', loader(factsOf(1, 7)));
    await cache.find('login', loader(factsOf(1, null)));
    await cache.find('other', loader(factsOf(2, 8)));
    cache.invalidateUser(1);
    await cache.find('mine', loader(factsOf(1, 7)));
    await cache.find('login', loader(factsOf(1, null)));
    await cache.find('other', loader(factsOf(2, 8)));
    expect(loads).toBe(5);
  });

  it('forgets one key', async () => {
    await cache.find('a', loader(factsOf(1, 7)));
    await cache.find('b', loader(factsOf(1, 8)));
    cache.invalidateKey(7);
    await cache.find('a', loader(factsOf(1, 7)));
    await cache.find('b', loader(factsOf(1, 8)));
    expect(loads).toBe(3);
  });

  it('does not keep, or hand to later callers, what was being read while the account changed', async () => {
    let finishReading: (facts: CredentialFacts) => void = () => undefined;
    const early = cache.find('k', () => new Promise((resolve) => (finishReading = resolve)));
    cache.invalidateUser(1);
    const later = cache.find('k', loader(factsOf(2, 7)));
    finishReading(factsOf(1, 7));
    expect((await early)?.account.userId).toBe(1);
    expect((await later)?.account.userId).toBe(2);
    expect((await cache.find('k', loader(null)))?.account.userId).toBe(2);
  });

  it('passes a failed load on and asks again next time', async () => {
    await expect(cache.find('k', () => Promise.reject(new Error('database is away')))).rejects.toThrow('away');
    expect((await cache.find('k', loader(factsOf(1, 7))))?.key?.id).toBe(7);
  });

  describe('over time', () => {
    const readings = async (): Promise<number> => {
      await cache.find('k', loader(factsOf(1, 7)));
      return loads;
    };
    let startedAtMs: number;
    const goTo = (ms: number): void => {
      jest.advanceTimersByTime(startedAtMs + ms - performance.now());
    };

    beforeEach(() => {
      jest.useFakeTimers();
      startedAtMs = performance.now();
    });
    afterEach(() => {
      jest.useRealTimers();
    });

    it('reads again after four seconds without word that changes are heard of', async () => {
      await readings();
      goTo(3_999);
      expect(await readings()).toBe(1);
      goTo(4_000);
      expect(await readings()).toBe(2);
    });

    it('keeps what it knows while changes are heard of, for a minute at most', async () => {
      await readings();
      for (let ms = 0; ms < 60_000; ms += 2_000) {
        goTo(ms);
        cache.confirm(startedAtMs + ms);
        expect(await readings()).toBe(1);
      }
      goTo(60_000);
      expect(await readings()).toBe(2);
    });

    it('trusts the last word for four seconds', async () => {
      await readings();
      cache.confirm(startedAtMs + 10_000);
      cache.confirm(startedAtMs + 9_000);
      goTo(13_999);
      expect(await readings()).toBe(1);
      goTo(14_000);
      expect(await readings()).toBe(2);
    });
  });
});
