import { limitAlertOf } from './limit-alert.js';
import type { LimitUse } from './limit-alert.js';

const use = (change: Partial<LimitUse>): LimitUse => ({
  userId: 7,
  subject: 1,
  subjectId: 0,
  period: 1,
  windowId: 31,
  resetsAt: new Date('2030-01-02T00:00:00Z'),
  measure: 'tokens',
  used: 0,
  limit: 1_000,
  isRefusing: false,
  ...change,
});

it.each([
  [499, null],
  [500, 'limit:7:31:tokens:50'],
  [799, 'limit:7:31:tokens:50'],
  [800, 'limit:7:31:tokens:80'],
  [999, 'limit:7:31:tokens:80'],
  [1_000, 'limit:7:31:tokens:100'],
  [5_000, 'limit:7:31:tokens:100'],
])('%d of 1000 tokens is %s', (used, dedupKey) => {
  expect(limitAlertOf(use({ used }))?.alert.dedupKey ?? null).toBe(dedupKey);
});

it('is silent once somebody was told of the same threshold or a higher one', () => {
  expect(limitAlertOf(use({ used: 850 }))?.silencedBy).toEqual(['limit:7:31:tokens:100', 'limit:7:31:tokens:80']);
});

it('is silent about a limit of nothing that nobody has used', () => {
  expect(limitAlertOf(use({ used: 0, limit: 0 }))).toBeNull();
  expect(limitAlertOf(use({ used: 1, limit: 0 }))?.alert.severity).toBe('critical');
});

it.each([
  [499, null],
  [500, 'Daily token limit of the account: 50 % used, calls are refused'],
  [970, 'Daily token limit of the account: 97 % used, calls are refused'],
  [1_000, 'Daily token limit of the account: 100 % used'],
])('takes %d of 1000 tokens for all of them when calls are refused, from half on', (used, title) => {
  const refusing = limitAlertOf(use({ used, isRefusing: true }));
  expect(refusing?.alert.title ?? null).toBe(title);
  if (title !== null) {
    expect(refusing?.alert).toMatchObject({ dedupKey: 'limit:7:31:tokens:100', severity: 'critical' });
    expect(refusing?.silencedBy).toEqual(['limit:7:31:tokens:100']);
  }
});

it('takes a balance that was topped up for another one', () => {
  const key = (limit: number) => limitAlertOf(use({ period: 3, resetsAt: null, used: 1_000, limit }))?.alert.dedupKey;
  expect(key(1_000)).not.toBe(key(1_200));
});

it('says in words and in numbers whose limit it is', () => {
  const alert = limitAlertOf(
    use({ subject: 2, subjectId: 5, measure: 'cost', used: 1_500_000_000, limit: 2_000_000_000 }),
  );
  expect(alert?.alert).toEqual({
    kind: 'limit_reached',
    dedupKey: 'limit:7:31:cost:50',
    severity: 'info',
    userId: 7,
    title: 'Daily cost limit of the key 5: 50 % used',
    description: '1.50 USD of 2.00 USD are used.',
    detail: {
      threshold: 50,
      percent: 75,
      refusing: false,
      subject: 'key',
      subject_id: 5,
      period: 'day',
      unit: 'nano_usd',
      used: 1_500_000_000,
      limit: 2_000_000_000,
      resets_at: '2030-01-02T00:00:00.000Z',
    },
  });
});
