import { BlockList, isIP } from 'node:net';

const PREFIX = /^(?:0|[1-9]\d{0,2})$/;

/** Networks and single addresses, IPv4 and IPv6. */
export class AddressList {
  private readonly networks = new BlockList();

  /** @param entries addresses or networks that `isAddressOrNetwork` accepts */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const [address, prefix] = entry.split('/') as [string, string?];
      const family = familyOf(address);
      this.networks.addSubnet(address, prefix === undefined ? bitsOf(family) : Number(prefix), family);
    }
  }

  /** Whether an address is in one of the networks. An IPv4 address counts as itself when it is written as IPv6. */
  includes(address: string): boolean {
    const bare = address.split('%', 1)[0];
    return isIP(bare) !== 0 && this.networks.check(bare, familyOf(bare));
  }
}

/** `203.0.113.7`, `203.0.113.0/24`, `2001:db8::1` or `2001:db8::/32`; zones are not addresses of a peer elsewhere. */
export function isAddressOrNetwork(entry: string): boolean {
  const [address, prefix, ...rest] = entry.split('/');
  if (rest.length > 0 || address.includes('%') || isIP(address) === 0) return false;
  return prefix === undefined || (PREFIX.test(prefix) && Number(prefix) <= bitsOf(familyOf(address)));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}

function bitsOf(family: 'ipv4' | 'ipv6'): number {
  return family === 'ipv4' ? 32 : 128;
}
