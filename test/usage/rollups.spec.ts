import { ended, request } from '../support/usage-books.js';
import { usageScene } from '../support/usage-scene.js';

jest.setTimeout(60_000);

const scene = usageScene();

async function rollups(userId: number): Promise<unknown[]> {
  return scene.books.query(
    `SELECT model, endpoint, status, requests::int, errors::int, prompt_tokens::int AS prompt,
            completion_tokens::int AS completion, cost_nano_usd::int AS cost
       FROM usage_rollups WHERE user_id = $1 ORDER BY model, endpoint, status`,
    [userId],
  );
}

describe('the rollups of an account', () => {
  it('add up its calls by model, endpoint and status on the UTC day of the admission', async () => {
    const user = await scene.books.account();
    const small = { model: 'gpt-4o-mini', endpoint: '/v1/chat/completions' };
    const holds = await Promise.all(
      [small, small, { ...small, model: 'gpt-4o' }].map((change) =>
        scene.replica.admission.admit(request(user, change)),
      ),
    );
    await Promise.all(holds.map((hold) => scene.replica.settlement.settle(hold, ended(hold, 10, 20))));
    const failed = await scene.replica.admission.admit(request(user));
    await scene.replica.settlement.settle(failed, {
      ...ended(failed, 0, 0),
      status: 'upstream_error',
      httpStatus: 502,
    });

    const common = { endpoint: '/v1/chat/completions', errors: 0 };
    expect(await rollups(user)).toEqual([
      { ...common, model: 'gpt-4o', status: 'completed', requests: 1, prompt: 10, completion: 20, cost: 9_000 },
      { ...common, model: 'gpt-4o-mini', status: 'completed', requests: 2, prompt: 20, completion: 40, cost: 18_000 },
      {
        ...common,
        model: 'gpt-4o-mini',
        status: 'upstream_error',
        requests: 1,
        errors: 1,
        prompt: 0,
        completion: 0,
        cost: 0,
      },
    ]);
    const [{ days }] = await scene.books.query<{ days: number }>(
      `SELECT count(*)::int AS days FROM usage_rollups r JOIN ledger l USING (user_id)
        WHERE r.user_id = $1 AND r.day <> (l.admitted_at AT TIME ZONE 'UTC')::date`,
      [user],
    );
    expect(days).toBe(0);
  });

  it('count a call once, however often it is settled', async () => {
    const user = await scene.books.account();
    const hold = await scene.replica.admission.admit(request(user));
    await Promise.all([1, 2, 3].map(async () => scene.replica.settlement.settle(hold, ended(hold, 1, 2))));
    expect(await rollups(user)).toMatchObject([{ requests: 1, prompt: 1, completion: 2 }]);
  });

  it('follow a correction: an orphan whose real usage came late', async () => {
    const user = await scene.books.account();
    const hold = await scene.replica.admission.admit(request(user));
    await scene.books.expireHolds(user);
    await scene.replica.sweeper.sweep();
    await scene.replica.settlement.settle(hold, ended(hold, 30, 40));
    await scene.replica.settlement.settle(hold, ended(hold, 30, 40));
    expect(await rollups(user)).toMatchObject([
      { status: 'orphaned', requests: 1, errors: 1, prompt: 30, completion: 40, cost: 30 * 100 + 40 * 400 },
    ]);
  });

  it('count intents beside them once they are known, and again when a verdict changes', async () => {
    const user = await scene.books.account();
    const hold = await scene.replica.admission.admit(request(user));
    await scene.replica.settlement.settle(hold, ended(hold, 5, 5));
    const intents = () =>
      scene.books.query(
        `SELECT intent, requests::int, tokens::int FROM usage_intents WHERE user_id = $1 AND requests <> 0`,
        [user],
      );
    expect(await intents()).toEqual([]);
    const analyse = (intent: string) =>
      scene.books.query(
        `UPDATE ledger SET intent = $2, guard_intent = 'coding', analysed_at = now() WHERE user_id = $1`,
        [user, intent],
      );
    await analyse('debugging');
    expect(await intents()).toEqual([{ intent: 'debugging', requests: 1, tokens: 10 }]);
    await analyse('testing');
    expect(await intents()).toEqual([{ intent: 'testing', requests: 1, tokens: 10 }]);
  });
});
