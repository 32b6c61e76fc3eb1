import { AddressList, isAddressOrNetwork } from './address-list.js';

describe('AddressList', () => {
  const list = new AddressList(['203.0.113.0/24', '198.51.100.7', '2001:db8::/32', '::1']);

  it.each(['203.0.113.0', '203.0.113.255', '198.51.100.7', '2001:db8:1::5', '::1', '::ffff:203.0.113.9'])(
    'includes %s',
    (address) => expect(list.includes(address)).toBe(true),
  );

  it.each(['203.0.114.0', '198.51.100.8', '2001:db9::1', '::2', '::ffff:198.51.100.8', '', 'unknown'])(
    'does not include %j',
    (address) => expect(list.includes(address)).toBe(false),
  );

  it('includes nobody when it is empty', () => {
    expect(new AddressList([]).includes('127.0.0.1')).toBe(false);
  });
});

describe('isAddressOrNetwork', () => {
  it.each(['10.0.0.1', '10.0.0.0/8', '0.0.0.0/0', '::/0', 'fe80::1', '2001:db8::/128', '10.0.0.5/24'])(
    'accepts %s',
    (entry) => expect(isAddressOrNetwork(entry)).toBe(true),
  );

  it.each([
    '',
    'localhost',
    '10.0.0',
    '10.0.0.256',
    '010.0.0.1',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/08',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '::/129',
    'fe80::1%eth0',
  ])('refuses %j', (entry) => expect(isAddressOrNetwork(entry)).toBe(false));
});
