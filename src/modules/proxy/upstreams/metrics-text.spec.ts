import { metricsText } from './metrics-text.js';

const TARGET = {
  provider: 'p',
  model: 'a "quoted" \\ name\n',
  breaker: 'open' as const,
  attempts: 7,
  failures: 2,
  retries: 1,
  fallbacks: 0,
  breaker_openings: 1,
  last_failure: null,
  latency_ms: { answers: 4, mean: 500, longest: 900, within: { 50: 1, 1000: 4 } },
};
const NUMBERS = { settlementBacklog: 3, residentBytes: 1_000 };

describe('metricsText', () => {
  it('has one line for each number, with escaped labels', () => {
    const text = metricsText({ instance: 'i', since: new Date(), providers: ['p'], targets: [TARGET] }, NUMBERS);
    const labels = String.raw`provider="p",model="a \"quoted\" \\ name\n"`;
    expect(text.split('\n')).toEqual(
      expect.arrayContaining([
        '# TYPE gatehouse_upstream_attempts_total counter',
        `gatehouse_upstream_attempts_total{${labels}} 7`,
        `gatehouse_upstream_breaker_open{${labels}} 1`,
        `gatehouse_upstream_answer_seconds_bucket{${labels},le="0.05"} 1`,
        `gatehouse_upstream_answer_seconds_bucket{${labels},le="+Inf"} 4`,
        `gatehouse_upstream_answer_seconds_sum{${labels}} 2`,
        `gatehouse_upstream_answer_seconds_count{${labels}} 4`,
        'gatehouse_settlement_backlog 3',
      ]),
    );
    expect(text.endsWith('\n')).toBe(true);
  });
});
