import { isJsonObject } from '../json/json-object.js';
import type { JsonObject } from '../json/json-object.js';
import { BoundedText } from './bounded-text.js';
import { countTokens } from './count-tokens.js';
import { readUsage } from './usage-reader.js';
import type { ToldUsage } from './usage-reader.js';

/** Keeps count of a completion while it passes: its text, its size, and the usage that the upstream tells. */
export class CompletionTally {
  private readonly text = new BoundedText();
  private textBytes = 0;
  private deltas = 0;
  private told: ToldUsage | 'refused' | undefined;

  /** Completion tokens counted so far from what was delivered. */
  get completionTokens(): number {
    return countTokens(this.textBytes, this.deltas);
  }

  /** The usage that the upstream told, if all that it told can be believed. */
  get usage(): ToldUsage | undefined {
    return this.told === 'refused' ? undefined : this.told;
  }

  /** The upstream told a usage that cannot be true. */
  get usageRefused(): boolean {
    return this.told === 'refused';
  }

  get completionText(): string {
    return this.text.toString();
  }

  /**
   * Takes in one chunk of a stream.
   * @returns whether the chunk carries something of the answer: text, a tool call or its end
   */
  addChunk(chunk: JsonObject): boolean {
    this.readUsage(chunk);
    return this.addChoices(chunk, 'delta');
  }

  /** Takes in a whole answer that is not a stream. */
  addCompletion(completion: JsonObject): void {
    this.readUsage(completion);
    this.addChoices(completion, 'message');
  }

  /** Usage may be told again and again. It only grows, and is never added up: one that shrinks contradicts itself. */
  private readUsage(from: JsonObject): void {
    const told = readUsage(from.usage);
    if (told === undefined || this.told === 'refused') return;
    this.told = told === 'refused' || this.told === undefined ? told : grown(this.told, told);
  }

  private addChoices(from: JsonObject, field: 'delta' | 'message'): boolean {
    if (!Array.isArray(from.choices)) return false;
    let carriesContent = false;
    for (const choice of from.choices as unknown[]) {
      if (!isJsonObject(choice)) continue;
      const message = choice[field];
      const bytes = isJsonObject(message) ? this.addMessage(message) : this.addText(choice.text);
      if (bytes > 0) {
        this.textBytes += bytes;
        this.deltas += 1;
      }
      const ends = choice.finish_reason !== undefined && choice.finish_reason !== null;
      if (bytes > 0 || ends) carriesContent = true;
    }
    return carriesContent;
  }

  private addMessage(message: JsonObject): number {
    // Reasoning has two names in the wild; an upstream that sends both sends the same text twice.
    const reasoning = message.reasoning_content ?? message.reasoning;
    let bytes = this.addText(message.content) + this.addText(message.refusal) + this.addText(reasoning);
    if (isJsonObject(message.audio)) bytes += this.addText(message.audio.transcript);
    if (isJsonObject(message.function_call)) bytes += this.addFunction(message.function_call);
    if (Array.isArray(message.tool_calls)) {
      for (const call of message.tool_calls as unknown[]) {
        if (isJsonObject(call)) bytes += this.addFunction(call.function) + this.addFunction(call.custom);
      }
    }
    return bytes;
  }

  private addFunction(call: unknown): number {
    return isJsonObject(call) ? this.addText(call.name) + this.addText(call.arguments) + this.addText(call.input) : 0;
  }

  private addText(text: unknown): number {
    if (typeof text !== 'string' || text === '') return 0;
    this.text.append(text);
    return Buffer.byteLength(text);
  }
}

function grown(before: ToldUsage, told: ToldUsage): ToldUsage | 'refused' {
  const promptTokens = told.promptTokens ?? before.promptTokens;
  const completionTokens = told.completionTokens ?? before.completionTokens;
  const shrinks =
    (before.promptTokens ?? 0) > (promptTokens ?? 0) || (before.completionTokens ?? 0) > (completionTokens ?? 0);
  return shrinks ? 'refused' : { ...told, promptTokens, completionTokens };
}
