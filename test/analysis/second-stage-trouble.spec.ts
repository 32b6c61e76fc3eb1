import type { LoggerService } from '@nestjs/common';
import { weightWith } from '../../src/modules/misuse/second-stage/weigh-opinion.js';
import { attacksTo, CONFIDENT_WEIGHT } from '../support/attacks.js';
import { CLASSIFIER_KEY, SecondStageScene } from '../support/second-stage-scene.js';
import { settle } from '../support/settled-calls.js';
import { until } from '../support/until.js';
import { END_CLAIMS } from '../support/outbox-claims.js';

jest.setTimeout(90_000);

/** The weight of a confident hit that was confirmed. */
const CONFIRMED = weightWith('confirms', CONFIDENT_WEIGHT);

let scene: SecondStageScene;

beforeEach(async () => {
  scene = await SecondStageScene.open();
});
afterEach(() => scene.close());

it('keeps on analysing while the second stage hangs, with few calls under way, and says what became of them', async () => {
  await scene.start({ CLASSIFIER_TIMEOUT_MS: 4_000, CLASSIFIER_CONCURRENCY: 3, UPSTREAM_PROBE_INTERVAL_MS: 1 });
  scene.classifier.behave({ hangs: true });
  const [throttled, warned] = [attacksTo('block', CONFIDENT_WEIGHT) - 1, attacksTo('throttle', CONFIDENT_WEIGHT) - 1];
  const first = await scene.sent(scene.prompts('ATTACK', throttled));
  await until('calls that hang', () => scene.classifier.inFlight === 6);
  const second = await scene.sent([...scene.prompts('ATTACK', warned), 'Sort this list']);
  await scene.analysed();
  // The local verdicts are there, and nobody has had an answer.
  expect(await scene.opinions()).toEqual([]);
  expect([(await scene.stateOf(first)).level, (await scene.stateOf(second)).level]).toEqual(['throttle', 'warn']);
  await until('the first to be given up', async () => (await scene.opinions()).length >= 3, { timeoutMs: 20_000 });
  expect((await scene.opinions()).slice(0, 3).map(({ failure }) => failure)).toEqual(['timeout', 'timeout', 'timeout']);
  expect(scene.classifier.maxInFlight).toBeLessThanOrEqual(6);
  scene.classifier.behave({ injection: 'attempt' });
  const outcomes = (await scene.given(throttled + warned)).map(({ outcome, failure }) => outcome ?? failure);
  expect(outcomes).toContain('confirms');
});

it('spends no more calls in a day than it may, all processes together', async () => {
  await Promise.all([
    scene.start({ CLASSIFIER_CALLS_PER_DAY: 7 }),
    scene.start({ CLASSIFIER_CALLS_PER_DAY: 7 }),
    scene.start({ CLASSIFIER_CALLS_PER_DAY: 7 }),
  ]);
  await scene.sent(scene.prompts('HARM', 30));
  const rows = await scene.given(30);
  expect(rows.filter(({ failure }) => failure === 'budget_spent')).toHaveLength(27);
  expect(scene.classifier.requests).toHaveLength(6);
  expect(await scene.spentToday()).toMatchObject({ calls: 6 });
});

it('spends no more money in a day than it may, whatever usage it is told', async () => {
  const most = 2_000_000;
  await scene.start({ CLASSIFIER_NANO_USD_PER_DAY: most });
  scene.classifier.behave({ usage: { prompt_tokens: -5, completion_tokens: 1e12 } });
  await scene.sent(scene.prompts('HARM', 30));
  const rows = await scene.given(30);
  const asked = rows.filter(({ failure }) => failure === null);
  expect(asked.length).toBeGreaterThanOrEqual(2);
  expect(asked.length).toBeLessThan(10);
  const { nanoUsd = 0 } = (await scene.spentToday()) ?? {};
  expect(nanoUsd).toBe(rows.reduce((sum, { cost }) => sum + cost, 0));
  expect(nanoUsd).toBeLessThanOrEqual(most);
});

it('leaves a second stage in peace that fails again and again, and comes back to it', async () => {
  await scene.start({ CLASSIFIER_CONCURRENCY: 1, UPSTREAM_PROBE_INTERVAL_MS: 60_000 });
  scene.classifier.behave({ status: 500 });
  await scene.sent(scene.prompts('HARM', 12));
  const rows = await scene.given(12);
  expect(rows.map(({ failure }) => failure)).toEqual([
    ...Array<string>(5).fill('unavailable'),
    ...Array<string>(7).fill('breaker_open'),
  ]);
  expect(scene.classifier.requests.length).toBeLessThanOrEqual(10);
  await scene.stopWorkers();

  await scene.start({ CLASSIFIER_CONCURRENCY: 1, UPSTREAM_PROBE_INTERVAL_MS: 1 });
  await scene.sent(scene.prompts('HARM', 6));
  await scene.given(18);
  scene.classifier.behave({});
  await scene.sent(scene.prompts('HARM', 1));
  expect((await scene.given(19)).at(-1)).toMatchObject({ outcome: 'clears' });
});

it('asks once about a prompt that comes again and again', async () => {
  await scene.start();
  const [text] = scene.prompts('HARM', 1);
  const userId = await scene.sent(Array<string>(50).fill(text));
  await scene.given(1);
  await settle(scene.databaseUrl, [{ userId, prompt: ` ${text.toLowerCase().replace('harm', 'HARM')}!` }]);
  await scene.analysed();
  await until('nothing to be asked', async () => (await scene.left('misuse.opinion')) === 0);
  expect(await scene.given(1)).toHaveLength(1);
  expect(scene.classifier.requests).toHaveLength(2);
});

it('leaves what it was asking when it is stopped to the next process, which counts it once', async () => {
  await scene.start();
  scene.classifier.behave({ hangs: true });
  const userId = await scene.sent(scene.prompts('ATTACK', 1));
  await until('a question', () => scene.classifier.inFlight === 2);
  await scene.stopWorkers();
  expect([await scene.opinions(), await scene.left('misuse.opinion')]).toEqual([[], 1]);
  scene.classifier.behave({ injection: 'attempt' });
  await scene.books.query(END_CLAIMS);
  await Promise.all([scene.start(), scene.start()]);
  expect(await scene.given(1)).toMatchObject([{ outcome: 'confirms' }]);
  expect((await scene.stateOf(userId)).score).toBeCloseTo(CONFIRMED, 1);
});

it('asks nobody without a key, and about nothing that is not kept', async () => {
  await scene.start({ CLASSIFIER_OPENAI_API_KEY: undefined });
  await scene.sent(scene.prompts('HARM', 3));
  await scene.analysed();
  expect([await scene.left('misuse.opinion'), await scene.opinions(), scene.classifier.requests]).toEqual([0, [], []]);
  await scene.stopWorkers();

  await scene.start({ CLASSIFIER_THRESHOLD: 1 });
  await scene.sent(scene.prompts('HARM', 3));
  await scene.analysed();
  expect([await scene.left('misuse.opinion'), scene.classifier.requests]).toEqual([0, []]);
});

it('writes neither its key nor a prompt to the log, whatever goes wrong', async () => {
  const lines: unknown[] = [];
  const log = (...words: unknown[]) => void lines.push(...words.map((word) => JSON.stringify(word)));
  const logger: LoggerService = { log, error: log, warn: log, debug: log, verbose: log, fatal: log };
  const spies = [process.stdout, process.stderr].map((stream) => jest.spyOn(stream, 'write'));
  const app = await scene.start({ CLASSIFIER_CONCURRENCY: 1, UPSTREAM_PROBE_INTERVAL_MS: 60_000 });
  app.useLogger(logger);
  const rejection = JSON.stringify({ error: { message: `Incorrect API key provided: ${CLASSIFIER_KEY}` } });
  scene.classifier.behave({ status: 401, rawModeration: rejection, rawCompletion: rejection });
  await scene.sent(scene.prompts('ATTACK', 7));
  const rows = await scene.given(7);
  expect(rows.slice(0, 5).map(({ failure }) => failure)).toEqual(Array<string>(5).fill('refused'));
  const written = [...lines, ...spies.flatMap(({ mock }) => mock.calls.map(([piece]) => String(piece)))].join('\n');
  spies.forEach((spy) => spy.mockRestore());
  expect(written).toContain('the second stage fails again and again');
  expect(written).not.toContain('CLASSIFIER-SECRET');
  expect(written).not.toContain('ATTACK');
  const stored = await scene.books.query(
    `SELECT 1 FROM misuse_second_opinions o WHERE o::text LIKE '%SECRET%' UNION ALL SELECT 1 FROM outbox o WHERE o::text LIKE '%SECRET%'`,
  );
  expect(stored).toEqual([]);
});
