import { setImmediate as tick } from 'node:timers/promises';
import type { Config } from '../../../config/config.js';
import type { Claims, GoogleEndpoints } from './google-endpoints.js';
import { GoogleIdentityService } from './google-identity.service.js';
import type { IdTokenVerifier } from './id-token-verifier.js';

const CLIENT = 'ours';
const SOMEBODY = { sub: '1', email: 'somebody@example.com', name: 'Somebody', pictureUrl: null };

describe('GoogleIdentityService', () => {
  let asked: string[];
  let secondsLeft: number;
  let answer: () => Promise<Claims | null>;
  let service: GoogleIdentityService;

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
    asked = [];
    secondsLeft = 3_600;
    answer = async () => ({
      aud: CLIENT,
      sub: SOMEBODY.sub,
      email: SOMEBODY.email,
      email_verified: 'true',
      exp: Date.now() / 1000 + secondsLeft,
    });
    const endpoints: Pick<GoogleEndpoints, 'tokenInfo' | 'userInfo'> = {
      tokenInfo: (token) => {
        asked.push(token);
        return answer();
      },
      userInfo: async () => ({ sub: SOMEBODY.sub, name: SOMEBODY.name }),
    };
    service = new GoogleIdentityService(
      endpoints as GoogleEndpoints,
      {} as IdTokenVerifier,
      { google: { clientId: CLIENT } } as Config,
    );
  });
  afterEach(() => jest.useRealTimers());

  it('asks Google once a minute for a token that comes with every call', async () => {
    await expect(service.verify('token')).resolves.toEqual(SOMEBODY);
    jest.advanceTimersByTime(59_000);
    await service.verify('token');
    expect(asked).toEqual(['token']);
    jest.advanceTimersByTime(1_000);
    await service.verify('token');
    expect(asked).toEqual(['token', 'token']);
  });

  it('asks once for calls that arrive together', async () => {
    const verified = await Promise.all([service.verify('token'), service.verify('token'), service.verify('other')]);
    expect(verified).toHaveLength(3);
    expect(asked).toEqual(['token', 'other']);
  });

  it('does not remember a token for longer than it lives', async () => {
    secondsLeft = 10;
    await service.verify('token');
    jest.advanceTimersByTime(10_000);
    answer = async () => null;
    await expect(service.verify('token')).rejects.toMatchObject({ kind: 'unauthenticated' });
  });

  it('does not remember a refusal', async () => {
    const good = answer;
    answer = async () => null;
    await expect(service.verify('token')).rejects.toMatchObject({ message: 'Invalid access token' });
    await tick();
    answer = good;
    await expect(service.verify('token')).resolves.toEqual(SOMEBODY);
  });

  it('asks every time for a login', async () => {
    await service.verify('token');
    await service.verifyNow('token');
    await service.verifyNow('token');
    expect(asked).toHaveLength(3);
  });
});
