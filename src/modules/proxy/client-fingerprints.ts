import { createHmac } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';

const CHARACTERS = 16;
const LARGEST_SIZE = 20_000;
const LONGEST_PROGRAM = 32;
const GROUPS_OF_IPV6 = 8;
const GROUPS_OF_A_SITE = 3;

/**
 * Names the client of a call without saying who or where it is: a hash, keyed with a secret of the installation, of the
 * account, the client's network (/24, or /48 of IPv6) and the kind of its program (`openai`, `curl`, `mozilla`).
 * The account is part of it, so that nobody can follow a client from one account to another.
 */
@Injectable()
export class ClientFingerprints {
  private readonly secret: Buffer;
  private readonly known = new Map<string, string>();

  constructor(@Inject(Config) { auth }: Config) {
    this.secret = createHmac('sha256', auth.jwtSecret).update('client fingerprints').digest();
  }

  /** Remembered, so that most calls cost a look-up. */
  of(userId: number, address: string, userAgent: string | undefined): string {
    const asPresented = `${userId} ${address} ${userAgent?.slice(0, LONGEST_PROGRAM)}`;
    const known = this.known.get(asPresented);
    if (known !== undefined) return known;
    const client = `${userId} ${networkOf(address)} ${programOf(userAgent)}`;
    const name = createHmac('sha256', this.secret).update(client).digest('base64url').slice(0, CHARACTERS);
    if (this.known.size >= LARGEST_SIZE) this.known.clear();
    this.known.set(asPresented, name);
    return name;
  }
}

/** The network of an address, as it is written; empty for what is no address. */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').split('%', 1)[0];
  if (isIPv4(plain)) return plain.slice(0, plain.lastIndexOf('.'));
  if (!isIPv6(plain)) return '';
  const [before, after = ''] = plain.split('::');
  const head = before === '' ? [] : before.split(':');
  const tail = after === '' ? [] : after.split(':');
  const left = Math.max(0, GROUPS_OF_IPV6 - head.length - tail.length);
  const groups = [...head, ...Array<string>(left).fill('0'), ...tail].slice(0, GROUPS_OF_A_SITE);
  return groups.map((group) => parseInt(group, 16).toString(16)).join(':');
}

/** The first name in a `User-Agent`, without version: all browsers are one program. */
export function programOf(userAgent: string | undefined): string {
  return (
    /^[^\s/;(]*/
      .exec(userAgent ?? '')?.[0]
      .slice(0, LONGEST_PROGRAM)
      .toLowerCase() ?? ''
  );
}
