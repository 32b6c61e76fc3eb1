import { classifyIntent } from './intent-classifier.js';
import { INTENTS } from './intents.js';
import type { Intent } from './intents.js';
import { PROMPT_HEAD_CHARS, PROMPT_TAIL_CHARS } from './prompt-window.js';

const PROMPTS: Record<Intent, string[]> = {
  coding: [
    'Write a Python function that merges two sorted lists.',
    'Refactor this code so that it uses async/await:\n\nfunction load(cb) { fetch(url).then(cb) }',
    'Create a REST API endpoint in Express that returns the current user',
    'How do I read a file line by line in Rust?',
    'Write a bash script to summarize disk usage per directory',
    'Translate this Python code into Go:\n\ndef f(x):\n    return x + 1',
  ],
  debugging: [
    'Traceback (most recent call last):\n  File "a.py", line 3, in <module>\nTypeError: unsupported operand',
    'My React component is not working after the update, it renders twice',
    'Fix the bug in this function: function add(a, b) { return a - b }',
    'Why does my SQL query return duplicate rows?',
    "What's wrong with my code? It prints nothing.",
  ],
  writing: [
    'Write a short poem about autumn in the city',
    'Draft an email to my landlord about the broken heating',
    'Please proofread the following text and correct it',
    'Rephrase this sentence so it sounds friendlier: send me the file.',
  ],
  summarization: [
    'Summarize the following article in three sentences: The council met on Tuesday…',
    'TL;DR please: after months of negotiation the two companies agreed',
    'What are the key points of this report?',
  ],
  translation: [
    'Translate to French: good morning, how are you?',
    'How do you say "where is the station" in Japanese?',
    'Übersetze diesen Satz ins Englische: Der Zug ist weg.',
    '请把这句话翻译成英文：今天天气很好',
  ],
  question_answering: [
    'What is the capital of Australia?',
    'Who wrote One Hundred Years of Solitude',
    'Explain how vaccines work',
    'When did the Berlin wall fall?',
  ],
  math: [
    'Solve for x: 2x + 3 = 11',
    'What is 15% of 240?',
    'A train travels 60 miles in 2 hours and then 90 miles in 3 hours. What is the average speed of the train?',
    'Calculate the derivative of x^3',
  ],
  data_analysis: [
    'Which region sold most?\n\n| region | sales |\n|---|---|\n| north | 12 |\n| south | 30 |',
    'Analyze this dataset and tell me which customers are likely to churn',
    'Is there a correlation between price and rating in these numbers?',
  ],
  extraction: [
    'Extract all dates and amounts from the invoice below',
    'Classify the following review as positive or negative: the food was cold',
    'List every person mentioned in the following text: Anna met Bob.',
  ],
  brainstorming: [
    'Give me 10 ideas for a birthday party',
    'Brainstorm names for a coffee shop',
    'Suggest some ways to make our stand-ups shorter',
  ],
  roleplay: [
    'I want you to act as a travel guide. I will write you my location.',
    'Pretend to be a medieval knight and answer in character',
    "Let's roleplay: you are the innkeeper, I am the traveller",
  ],
  chitchat: ['hello there!', 'How are you?', 'thanks a lot', 'Are you a robot?', 'tell me a joke'],
  other: [
    'Set an alarm for 7 tomorrow',
    'turn off the lights in the kitchen',
    'why was my card payment declined',
    'remind me to call',
  ],
};

describe('classifyIntent', () => {
  it.each(INTENTS.flatMap((intent) => PROMPTS[intent].map((prompt) => [intent, prompt] as const)))(
    'says %s for: %s',
    (intent, prompt) => {
      const verdict = classifyIntent(prompt);
      expect(verdict.intent).toBe(intent);
      expect(verdict.confidence).toBeGreaterThan(0);
      expect(verdict.confidence).toBeLessThanOrEqual(1);
    },
  );

  it.each(['', '   \n', 'lorem ipsum dolor sit amet', '12', '…'])('does not know what %j is for', (prompt) => {
    expect(classifyIntent(prompt)).toEqual({ intent: 'unknown', guardIntent: 'unknown', confidence: 0 });
  });

  it.each([
    ['Write a Python function that merges two sorted lists.', 'coding'],
    ['Fix the bug in this function: function add(a, b) { return a - b }', 'coding'],
    ['Write unit tests for the class below', 'testing'],
    ['Write a docstring for this function', 'documentation'],
    ['Write a README paragraph for my library', 'documentation'],
    ['What is the capital of Australia?', 'research'],
    ['Summarize the following article', 'research'],
    ['Write a short poem about autumn', 'off_topic'],
    ['tell me a joke', 'off_topic'],
    ['lorem ipsum dolor sit amet', 'unknown'],
  ])("maps %j to Guardflow's %s", (prompt, guardIntent) => {
    expect(classifyIntent(prompt).guardIntent).toBe(guardIntent);
  });

  it('finds the instruction at the end of a long text', () => {
    const article = 'The committee discussed the harbour at length. '.repeat(2_000);
    expect(classifyIntent(`${article}\n\nSummarize the text above.`).intent).toBe('summarization');
  });

  it('looks at the head and the tail only', () => {
    const filler = 'lorem ipsum dolor sit amet '.repeat(1_000);
    expect(filler.length).toBeGreaterThan(PROMPT_HEAD_CHARS + PROMPT_TAIL_CHARS);
    expect(classifyIntent(`${filler}Translate to French: yes${filler}`).intent).toBe('unknown');
  });

  it('reads full-width letters and typographic apostrophes', () => {
    expect(classifyIntent('Ｔｒａｎｓｌａｔｅ this to French').intent).toBe('translation');
    expect(classifyIntent('What’s wrong with my code?').intent).toBe('debugging');
  });

  it('gives the same verdict for long repetitions as for short ones, without hanging', () => {
    for (const unit of ['write ', 'how many 1 ', '| a ', 'error in sql ', 'thanks ', '\n', 'give me some ']) {
      expect(() => classifyIntent(unit.repeat(200_000))).not.toThrow();
    }
  });
});
