import { hash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** What a key begins with says only where it was issued; every key has the same rights. */
export const KEY_PREFIXES = ['gh_', 'cb_', 'ai_', 'sk-'] as const;
export type KeyPrefix = (typeof KEY_PREFIXES)[number];

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 43 characters of 62 are 256 bits. */
const SECRET_LENGTH = 43;
/** 6 characters of 62 hold 32 bits. */
const CHECKSUM_LENGTH = 6;
const DISPLAY_LENGTH = 8;
const SHAPE = /^(?:gh_|cb_|ai_|sk-)[0-9A-Za-z]{49}$/;

/** A new key: prefix, 43 random characters, 6 characters of checksum. */
export function generateKey(prefix: KeyPrefix): string {
  const body = prefix + randomCharacters(SECRET_LENGTH);
  return body + checksum(body);
}

/** Whether a credential claims to be a key of ours, right or wrong. */
export function hasKeyPrefix(credential: string): boolean {
  return KEY_PREFIXES.some((prefix) => credential.startsWith(prefix));
}

/** False for a mistyped or foreign key, without asking the database. True says nothing about whether it was issued. */
export function isWellFormedKey(credential: string): boolean {
  return SHAPE.test(credential) && credential.endsWith(checksum(credential.slice(0, -CHECKSUM_LENGTH)));
}

/** SHA-256, 32 bytes: all that is stored of a key. Its 256 random bits need no salt and no slow hash. */
export function hashKey(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}

/** The part of a key that may be shown again. */
export function displayPrefix(key: string): string {
  return key.slice(0, DISPLAY_LENGTH);
}

/** What a key began with, from the part of it that may be shown. */
export function prefixOf(display: string): KeyPrefix {
  const prefix = KEY_PREFIXES.find((candidate) => display.startsWith(candidate));
  if (prefix === undefined) throw new Error(`no key begins like ${display}`);
  return prefix;
}

function checksum(body: string): string {
  let rest = crc32(body);
  let characters = '';
  for (let position = 0; position < CHECKSUM_LENGTH; position += 1) {
    characters = ALPHABET.charAt(rest % ALPHABET.length) + characters;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return characters;
}

/** Bytes from 248 up are thrown away, so that each of the 62 characters is equally likely. */
function randomCharacters(length: number): string {
  const fairBelow = 256 - (256 % ALPHABET.length);
  let characters = '';
  while (characters.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < fairBelow && characters.length < length) {
        characters += ALPHABET.charAt(byte % ALPHABET.length);
      }
    }
  }
  return characters;
}
