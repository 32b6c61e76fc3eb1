import { scanJsonObject } from './json-object-scanner.js';
import type { JsonMember } from './json-object-scanner.js';

export interface JsonChanges {
  /** Raw JSON by key: replaces the value where the key exists, else is added at the end. */
  readonly set: Readonly<Record<string, string>>;
  readonly remove: ReadonlySet<string>;
}

/**
 * Changes top-level members of a JSON object and leaves every other byte as it is. Keys are compared unescaped. Of
 * members with the same key only the last is kept, which is the one that `JSON.parse` sees: upstream and we agree.
 */
export function spliceJsonObject(bytes: Buffer, changes: JsonChanges): Buffer {
  const { open, close, members } = scanJsonObject(bytes);
  const comma = Buffer.from(',');
  const out: Buffer[] = [];
  const separate = () => {
    if (out.length > 0) out.push(comma);
  };
  const missing = new Set(Object.keys(changes.set));
  const lastByKey = lastMembers(members);
  for (const member of members) {
    if (lastByKey.get(member.key) !== member || changes.remove.has(member.key)) continue;
    separate();
    if (missing.delete(member.key)) {
      out.push(
        bytes.subarray(member.regionStart, member.valueStart),
        Buffer.from(changes.set[member.key]),
        bytes.subarray(member.valueEnd, member.regionEnd),
      );
    } else {
      out.push(bytes.subarray(member.regionStart, member.regionEnd));
    }
  }
  for (const key of missing) {
    separate();
    out.push(Buffer.from(`${JSON.stringify(key)}:${changes.set[key]}`));
  }
  return Buffer.concat([bytes.subarray(0, open + 1), ...out, bytes.subarray(close)]);
}

function lastMembers(members: readonly JsonMember[]): Map<string, JsonMember> {
  return new Map(members.map((member) => [member.key, member]));
}

/** Raw JSON of a top-level member, as the client wrote it; undefined when there is none. */
export function rawMember(bytes: Buffer, key: string): Buffer | undefined {
  const member = lastMembers(scanJsonObject(bytes).members).get(key);
  return member && bytes.subarray(member.valueStart, member.valueEnd);
}
