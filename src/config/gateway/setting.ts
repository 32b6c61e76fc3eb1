import { ConfigurationError } from '../configuration-error.js';

/** What a reference `${NAME}` in a text stands for; undefined when the name is not set. */
export type ReferenceLookup = (name: string) => string | undefined;

const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/**
 * One value of a configuration file, which knows its path. Each reader checks a rule and throws a ConfigurationError
 * that names path and rule, never the value: it may be a secret.
 */
export class Setting {
  constructor(
    private readonly value: unknown,
    readonly path: string,
    private readonly lookUp: ReferenceLookup,
  ) {}

  get isGiven(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  /** An object with no other keys than these. */
  fields<Key extends string>(...keys: readonly Key[]): Record<Key, Setting> {
    const members = this.members();
    const stranger = [...members.keys()].find((key) => !(keys as readonly string[]).includes(key));
    if (stranger !== undefined) throw this.fault(`has no setting '${stranger}'; it has ${keys.join(', ')}`);
    const absent = (key: string) => new Setting(undefined, `${this.path}.${key}`, this.lookUp);
    return Object.fromEntries(keys.map((key) => [key, members.get(key) ?? absent(key)])) as Record<Key, Setting>;
  }

  /** An object with keys of the operator's choice. */
  members(): Map<string, Setting> {
    const { value } = this;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.fault('must be a mapping');
    const prefix = this.path === '' ? '' : `${this.path}.`;
    return new Map(Object.entries(value).map(([key, item]) => [key, new Setting(item, prefix + key, this.lookUp)]));
  }

  /** A list; empty when it is not given. */
  items(): Setting[] {
    if (!this.isGiven) return [];
    if (!Array.isArray(this.value)) throw this.fault('must be a list');
    return this.value.map((item: unknown, index) => new Setting(item, `${this.path}[${index}]`, this.lookUp));
  }

  /** A text that is not empty, with each `${NAME}` replaced by that variable of the environment. */
  text(): string {
    const { value } = this;
    if (typeof value !== 'string' || value.trim() === '') throw this.fault('must be a text');
    return value.replace(REFERENCE, (_reference, name: string) => {
      const found = this.lookUp(name);
      if (found === undefined || found === '') throw this.fault(`refers to ${name}, which is not set`);
      return found;
    });
  }

  url(): string {
    const text = this.text();
    if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
      throw this.fault('must be a URL with http or https');
    return text;
  }

  oneOf<Word extends string>(words: readonly Word[]): Word {
    const word = words.find((candidate) => candidate === this.value);
    if (word === undefined) throw this.fault(`must be one of ${words.join(', ')}`);
    return word;
  }

  boolean(): boolean {
    if (typeof this.value !== 'boolean') throw this.fault('must be true or false');
    return this.value;
  }

  integer(least: number, most: number): number {
    const { value } = this;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
      throw this.fault(`must be an integer between ${least} and ${most}`);
    }
    return value;
  }

  number(least: number, most: number): number {
    const { value } = this;
    if (typeof value !== 'number' || !(value >= least && value <= most)) {
      throw this.fault(`must be a number between ${least} and ${most}`);
    }
    return value;
  }

  fault(rule: string): ConfigurationError {
    return new ConfigurationError(`${this.path === '' ? 'the file' : this.path} ${rule}`);
  }
}
