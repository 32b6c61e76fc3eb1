import { ATTACKS_OF_AN_ATTACKER, weightOf } from '../behaviour/calibration.js';
import type { Examination, ModelView } from './opinion.js';
import { MISUSE_CATEGORIES } from '../../classification/misuse-categories.js';
import type { MisuseCategory } from '../../classification/misuse-categories.js';
import { MODERATION_CATEGORIES } from './moderation-categories.js';
import type { ModerationCategory } from './moderation-categories.js';
import { outcomeOf, weightWith } from './weigh-opinion.js';

const examined = (
  moderation: number,
  model: Partial<ModelView> = {},
  scored: readonly ModerationCategory[] = MODERATION_CATEGORIES,
): Examination => ({
  moderation: { score: moderation, category: 'violence', scored },
  model: { intent: 'coding', injection: 'none', confidence: 0.9, ...model },
  costNanoUsd: 0,
});
const local = (harm: number, attack: number, category: MisuseCategory | null = 'weapons_violence') => ({
  harm,
  attack,
  category,
  weight: weightOf(0.95),
});

describe('outcomeOf', () => {
  it.each([
    ['moderation sure of harm', examined(0.7), local(0.9, 0.1), 'confirms'],
    ['a model sure of an attempt', examined(0, { injection: 'attempt', confidence: 0.7 }), local(0.1, 0.9), 'confirms'],
    ['a model unsure of an attempt', examined(0, { injection: 'attempt', confidence: 0.6 }), local(0.9, 0.1), 'unsure'],
    ['moderation in between', examined(0.1), local(0.9, 0.1), 'unsure'],
    ['all clean, flagged for harm', examined(0.09), local(0.9, 0.1), 'clears'],
    ['all clean, flagged by neither head alone, harm the surer', examined(0), local(0.48, 0.3), 'clears'],
    ['all clean, flagged for both', examined(0), local(0.9, 0.5), 'unsure'],
    ['all clean, flagged by neither head alone, attack the surer', examined(0), local(0.3, 0.48), 'unsure'],
  ])('%s', (_, examination, verdict, outcome) => {
    expect(outcomeOf(examination, verdict)).toBe(outcome);
  });

  const clearedBy = (scored: readonly ModerationCategory[]): MisuseCategory[] =>
    MISUSE_CATEGORIES.filter((category) => outcomeOf(examined(0, {}, scored), local(0.9, 0.1, category)) === 'clears');

  it('clears only of what moderation looks for', () => {
    expect(clearedBy(MODERATION_CATEGORIES)).toEqual([
      'weapons_violence',
      'drugs',
      'self_harm',
      'sexual',
      'hate_harassment',
      'illegal_activity',
    ]);
    expect(outcomeOf(examined(0), local(0.9, 0.1, null))).toBe('unsure');
  });

  it('clears of less when an older model answers, which knows fewer categories', () => {
    const older = MODERATION_CATEGORIES.filter((category) => !category.startsWith('illicit'));
    expect(clearedBy(older)).toEqual(['self_harm', 'sexual', 'hate_harassment']);
  });

  it.each(['fraud', 'privacy', 'misinformation', 'malware_cyber'] as const)('confirms %s all the same', (category) => {
    expect(outcomeOf(examined(0.7), local(0.9, 0.1, category))).toBe('confirms');
  });
});

describe('weightWith', () => {
  const bands = [0.5, 0.7, 0.9].map(weightOf);

  it('multiplies the likelihood ratio behind the weight', () => {
    const ratioOf = (weight: number) => (Math.exp(weight) - (1 - ATTACKS_OF_AN_ATTACKER)) / ATTACKS_OF_AN_ATTACKER;
    for (const weight of bands) expect(ratioOf(weightWith('confirms', weight))).toBeCloseTo(8 * ratioOf(weight), 6);
  });

  it('orders the outcomes in every band, never below 0', () => {
    for (const weight of bands) {
      expect(weightWith('unsure', weight)).toBe(weight);
      expect(weightWith('confirms', weight)).toBeGreaterThan(weight);
      expect(weightWith('clears', weight)).toBeLessThan(weight);
      expect(weightWith('clears', weight)).toBeGreaterThanOrEqual(0);
    }
  });
});
