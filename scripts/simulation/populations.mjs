/**
 * Accounts of each kind, as the prompts that they send. How accounts behave is assumed. What the classifier says of a prompt is
 * drawn from the rates measured on prompts whose source it did not know (docs/misuse.md), with the false positives of ordinary
 * prompts half as many again, and with accounts that differ in them.
 */
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Part of an ordinary account's prompts that gets a flagging score, on average; accounts differ in it. Measured: 1.0 %. */
export const HONEST_FALSE_POSITIVES = 0.015;
/**
 * The same for accounts whose work looks unsafe: security, medicine, moderation, crime novels. Measured on our own prompts of that
 * kind: 6.3 %. Only a part of what such people send looks unsafe, so this is the worst case.
 */
export const EDGY_FALSE_POSITIVES = 0.07;
/** Part of the attacks that gets a flagging score: of all misuse but the four sources with doubtful labels. */
export const ATTACK_RECALL = 0.59;

/** Flagged scores by band: [least score, part of the flagged prompts]. */
const FALSE_POSITIVE_SCORES = [
  [0.9, 0.1],
  [0.7, 0.3],
  [0.5, 0.6],
];
const ATTACK_SCORES = [
  [0.9, 0.44],
  [0.7, 0.3],
  [0.5, 0.26],
];

let lastId = 0;
const newId = () => String((lastId += 1)).padStart(12, '0');

function scoreOf(random, bands) {
  let left = random.next();
  for (const [least, part] of bands) {
    left -= part;
    if (left < 0) return least + 0.05;
  }
  return 0.55;
}

function prompt(at, change) {
  const id = newId();
  return { at, id, fingerprint: id, shape: id, score: 0.05, client: 'one', isAttack: false, ...change };
}

const ordinary = (at) => prompt(at);
const falsePositive = (random, at) => prompt(at, { score: scoreOf(random, FALSE_POSITIVE_SCORES) });
const attack = (random, at) =>
  prompt(at, { isAttack: true, score: random.chance(ATTACK_RECALL) ? scoreOf(random, ATTACK_SCORES) : 0.2 });
const honest = (random, at, rate) => (random.chance(rate) ? falsePositive(random, at) : ordinary(at));

/** Times within a working day, sorted. */
function timesOfDay(random, day, count) {
  const begin = day * DAY_MS + 8 * 60 * MINUTE_MS;
  return Array.from({ length: count }, () => begin + random.between(0, 10 * 60 * MINUTE_MS)).sort((a, b) => a - b);
}

function* honestDays(random, days, perDay, rate) {
  for (let day = 0; day < days; day += 1) {
    if (day % 7 > 4 && random.chance(0.7)) continue;
    for (const at of timesOfDay(random, day, random.poisson(perDay))) yield honest(random, at, rate);
  }
}

/** How often this account is taken for bad: most rarely, a few several times as often as the average. */
const personalRate = (random, mean) => Math.min(0.25, random.spread(mean * 0.84, 0.6));

export const POPULATIONS = {
  honest: (random, days) =>
    honestDays(random, days, Math.min(1_500, random.spread(18, 1.1)), personalRate(random, HONEST_FALSE_POSITIVES)),

  *bursty(random, days) {
    const rate = personalRate(random, HONEST_FALSE_POSITIVES);
    for (let day = 0; day < days; day += 1) {
      for (const at of timesOfDay(random, day, random.integer(0, 3))) {
        const size = random.integer(50, 300);
        for (let index = 0; index < size; index += 1) yield honest(random, at + index * 1_500, rate);
      }
    }
  },

  edgy: (random, days) =>
    honestDays(random, days, Math.min(400, random.spread(20, 0.9)), personalRate(random, EDGY_FALSE_POSITIVES)),

  *keySharing(random, days) {
    const people = random.integer(4, 8);
    for (let day = 0; day < days; day += 1) {
      for (const at of timesOfDay(random, day, random.poisson(40 * people))) {
        yield { ...honest(random, at, HONEST_FALSE_POSITIVES), client: `person-${random.integer(1, people)}` };
      }
    }
  },

  /** The same false positive hundreds of times a day, and a template that is now and then taken for bad. */
  *repeatingApp(random, days) {
    const fingerprint = newId();
    const template = newId();
    for (let day = 0; day < days; day += 1) {
      for (const at of timesOfDay(random, day, random.poisson(600))) {
        const kind = random.next();
        if (kind < 0.3) yield prompt(at, { score: 0.95, fingerprint, shape: fingerprint });
        else if (kind < 0.33) yield prompt(at, { score: scoreOf(random, FALSE_POSITIVE_SCORES), shape: template });
        else yield prompt(at, { shape: template });
      }
    }
  },

  *fastAttacker(random) {
    for (let at = 0, index = 0; index < 200; index += 1) {
      at += random.between(2_000, 60_000);
      yield random.chance(0.9) ? attack(random, at) : ordinary(at);
    }
  },

  *turned(random) {
    yield* honestDays(random, 20, random.spread(30, 0.7), personalRate(random, HONEST_FALSE_POSITIVES));
    let at = 20 * DAY_MS + 9 * 60 * MINUTE_MS;
    for (let index = 0; index < 400; index += 1) {
      at += random.between(10_000, 10 * MINUTE_MS);
      yield random.chance(0.4) ? attack(random, at) : honest(random, at, HONEST_FALSE_POSITIVES);
    }
  },

  *slowAttacker(random, days) {
    for (let day = 0; day < days; day += 1) {
      for (const at of timesOfDay(random, day, 15 + random.integer(0, 10))) {
        yield random.chance(0.12) ? attack(random, at) : honest(random, at, HONEST_FALSE_POSITIVES);
      }
    }
  },
};
