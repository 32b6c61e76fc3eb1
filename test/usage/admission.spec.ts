import { DomainError } from '../../src/common/errors/domain-error.js';
import { ended, request } from '../support/usage-books.js';
import { usageScene } from '../support/usage-scene.js';

const scene = usageScene();

async function refusal(attempt: Promise<unknown>): Promise<DomainError> {
  const error: unknown = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof DomainError)) throw new Error('the call was admitted');
  return error;
}

describe('admission', () => {
  it('holds prompt and completion in every window, and settlement turns the hold into what was used', async () => {
    const user = await scene.books.account({ day: 1000, month: 5000, lifetime: 10_000 });
    const hold = await scene.replica.admission.admit(request(user));
    expect(hold.tokensHeld).toBe(200);
    expect(hold.costHeldNanoUsd).toBe(100 * 100 + 100 * 400);
    expect(await scene.books.windows(user)).toEqual(
      ['day', 'lifetime', 'month'].map((period) => ({
        period,
        requests: 1,
        spent: 0,
        held: 200,
        spentCost: 0,
        heldCost: 50_000,
      })),
    );
    await scene.replica.settlement.settle(hold, ended(hold, 20, 30));
    for (const window of await scene.books.windows(user)) {
      expect(window).toMatchObject({ requests: 1, spent: 50, held: 0, spentCost: 20 * 100 + 30 * 400, heldCost: 0 });
    }
    expect(await scene.books.ledgerTotals(user)).toEqual({ rows: 1, tokens: 50, cost: 14_000 });
    const [outbox] = await scene.books.query<{ count: string }>('SELECT count(*) FROM outbox WHERE user_id = $1', [
      user,
    ]);
    expect(Number(outbox.count)).toBe(1);
  });

  it('clamps the completion to what is left, and refuses as spent when not even one token fits', async () => {
    const user = await scene.books.account({ day: 150 });
    const hold = await scene.replica.admission.admit(request(user));
    expect(hold.completionTokensAllowed).toBe(50);
    await scene.replica.settlement.settle(hold, ended(hold, 40, 10));
    const error = await refusal(scene.replica.admission.admit(request(user)));
    expect(error).toMatchObject({
      kind: 'quota_exceeded',
      details: { code: 'insufficient_quota', retryable: false, facts: { limit: 150, used: 50, needed: 101 } },
      message: expect.stringContaining('50 of 150 are used, and this call needs at least 101.') as string,
    });
    expect(error.details.facts?.['resets_at']).toMatch(/T/);
    expect((await scene.books.windows(user)).every((window) => window.held === 0)).toBe(true);
  });

  it('says what a call needs that is too large for a limit of which nothing is used', async () => {
    const tokens = await refusal(
      scene.replica.admission.admit(request(await scene.books.account({ day: 60 }), { choices: 2 })),
    );
    expect(tokens.message).toMatch(/^Daily token limit exceeded: 0 of 60 are used, and this call needs at least 102\./);
    const cost = await refusal(scene.replica.admission.admit(request(await scene.books.account({ costDay: 10_000 }))));
    const facts = { limit: 0.00001, used: 0, needed: 0.0000104 };
    expect(cost).toMatchObject({ kind: 'quota_exceeded', details: { facts } });
  });

  it('divides what is left among the choices', async () => {
    const user = await scene.books.account({ lifetime: 130 });
    const hold = await scene.replica.admission.admit(request(user, { choices: 4 }));
    expect(hold.completionTokensAllowed).toBe(7);
    expect(hold.tokensHeld).toBe(128);
  });

  it('says "held", not "spent", when only the calls in flight are in the way', async () => {
    const user = await scene.books.account({ day: 300 });
    const first = await scene.replica.admission.admit(request(user));
    const error = await refusal(scene.replica.admission.admit(request(user)));
    expect(error).toMatchObject({
      kind: 'rate_limited',
      details: { code: 'rate_limit_exceeded', retryAfterSeconds: 1, facts: { limit: 300, used: 0, needed: 200 } },
    });
    await scene.replica.settlement.settle(first, ended(first, 10, 10));
    await expect(scene.replica.admission.admit(request(user))).resolves.toMatchObject({ tokensHeld: 200 });
  });

  it('clamps to a cost limit and refuses a model without a price there', async () => {
    const user = await scene.books.account({ costDay: 30_000 });
    const hold = await scene.replica.admission.admit(request(user));
    expect(hold.completionTokensAllowed).toBe((30_000 - 100 * 100) / 400);
    expect(await refusal(scene.replica.admission.admit(request(user)))).toMatchObject({
      kind: 'rate_limited',
      details: { facts: { limit: 0.00003, used: 0, needed: 0.00003 } },
    });
    expect(await refusal(scene.replica.admission.admit(request(user, { price: null })))).toMatchObject({
      details: { code: 'model_without_price' },
    });
  });

  it('counts requests per hour for the account and per minute for the key', async () => {
    const hourly = await scene.books.account({ hourRequests: 2 });
    await scene.replica.admission.admit(request(hourly));
    await scene.replica.admission.admit(request(hourly));
    const tooMany = await refusal(scene.replica.admission.admit(request(hourly)));
    expect(tooMany).toMatchObject({ kind: 'rate_limited', details: { facts: { limit: 2, used: 2 } } });
    expect(tooMany.details.retryAfterSeconds).toBeGreaterThan(3590);

    const user = await scene.books.account();
    const [key] = await scene.books.query<{ id: number }>(
      `INSERT INTO api_keys (user_id, name, prefix, hash, requests_per_minute)
       VALUES ($1, 'k', 'gh_', sha256(convert_to($2, 'UTF8')), 3) RETURNING id`,
      [user, String(user)],
    );
    const attempts = await Promise.allSettled(
      Array.from({ length: 10 }, () => scene.replica.admission.admit(request(user, { apiKeyId: key.id }))),
    );
    expect(attempts.filter((attempt) => attempt.status === 'fulfilled')).toHaveLength(3);
  });

  it('refuses blocked and inactive accounts and revoked keys from the database, whatever a cache says', async () => {
    const user = await scene.books.account();
    const [key] = await scene.books.query<{ id: number }>(
      `INSERT INTO api_keys (user_id, name, prefix, hash) VALUES ($1, 'k', 'gh_', sha256(convert_to($2, 'UTF8'))) RETURNING id`,
      [user, `k${user}`],
    );
    await scene.replica.admission.admit(request(user, { apiKeyId: key.id }));
    await scene.books.query('UPDATE api_keys SET revoked_at = now() WHERE id = $1', [key.id]);
    expect(await refusal(scene.replica.admission.admit(request(user, { apiKeyId: key.id })))).toMatchObject({
      kind: 'unauthenticated',
    });
    await scene.books.query(`UPDATE users SET is_blocked = true, blocked_reason = 'spam' WHERE id = $1`, [user]);
    expect(await refusal(scene.replica.admission.admit(request(user)))).toMatchObject({
      kind: 'forbidden',
      message: 'User account is blocked: spam',
      details: { code: 'account_suspended' },
    });
  });

  it('takes a request id at most once, even settled twice, and bills nothing twice', async () => {
    const user = await scene.books.account({ day: 1000 });
    const hold = await scene.replica.admission.admit(request(user));
    await Promise.all(Array.from({ length: 5 }, () => scene.replica.settlement.settle(hold, ended(hold, 10, 10))));
    await scene.replica.settlement.settle(hold, ended(hold, 10, 10));
    expect(await scene.books.ledgerTotals(user)).toMatchObject({ rows: 1, tokens: 20 });
    expect((await scene.books.windows(user))[0]).toMatchObject({ spent: 20, held: 0 });
  });

  it('never lets a voided admission take effect, whichever comes first', async () => {
    const user = await scene.books.account({ day: 1000 });
    const voidedBefore = request(user);
    scene.replica.queue.voidAdmission(user, voidedBefore.requestId);
    while (scene.replica.queue.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await refusal(scene.replica.admission.admit(voidedBefore))).toMatchObject({ kind: 'unavailable' });

    const voidedAfter = request(user);
    await scene.replica.admission.admit(voidedAfter);
    scene.replica.queue.voidAdmission(user, voidedAfter.requestId);
    while (scene.replica.queue.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await scene.books.windows(user)).map((window) => [window.requests, window.held])).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    expect(await scene.books.ledgerTotals(user)).toMatchObject({ rows: 0 });
  });
});
