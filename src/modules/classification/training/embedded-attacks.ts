import { seededRandom } from './random.js';
import type { MisuseSample } from './training-data.js';

const SHORTEST_CARRIER_CHARS = 300;
const MOST = 500;
const SEED = 77;

export const EMBEDDED_SOURCE = 'gatehouse embedded';

/**
 * Harmless long prompts (tables, mails, articles, code) with an instruction for the model slipped into them, as in an
 * indirect injection. The same prompts always give the same attacks.
 */
export function embeddedAttacks(samples: readonly MisuseSample[], instructions: readonly string[]): MisuseSample[] {
  const carriers = samples.filter(
    ({ text, category }) => category === null && text.length >= SHORTEST_CARRIER_CHARS && text.includes('\n'),
  );
  if (instructions.length === 0) return [];
  const random = seededRandom(SEED);
  return Array.from({ length: Math.min(MOST, carriers.length) }, () => {
    const { text } = carriers[Math.floor(random() * carriers.length)];
    const instruction = instructions[Math.floor(random() * instructions.length)];
    return {
      text: insertAtLine(text, instruction, random()),
      source: EMBEDDED_SOURCE,
      category: 'prompt_injection' as const,
    };
  });
}

/** @param where 0 to 1; injections stand at the end most often */
function insertAtLine(text: string, line: string, where: number): string {
  if (where > 0.5) return `${text}\n${line}`;
  const lines = text.split('\n');
  lines.splice(1 + Math.floor(where * 2 * (lines.length - 1)), 0, line);
  return lines.join('\n');
}
