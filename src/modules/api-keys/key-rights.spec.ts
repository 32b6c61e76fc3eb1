import { AddressList } from '../../common/http/address-list.js';
import { KEY_SCOPES } from '../../common/key-scopes.js';
import type { KeyScope } from '../../common/key-scopes.js';
import { assertAddress, assertModelAllowed, assertScope, isModelAllowed } from './key-rights.js';

const key = (...scopes: KeyScope[]) => ({ role: 'user' as const, scopes });

describe('assertScope', () => {
  it('lets a login and an unrestricted key go everywhere', () => {
    for (const scopes of [null, KEY_SCOPES]) {
      expect(() => assertScope({ role: 'user', scopes }, ['chat'])).not.toThrow();
      expect(() => assertScope({ role: 'user', scopes }, undefined)).not.toThrow();
    }
  });

  it('wants one of the scopes of the route', () => {
    expect(() => assertScope(key('chat'), ['embeddings', 'chat'])).not.toThrow();
    expect(() => assertScope(key('chat'), ['usage:read'])).toThrow('missing required scope: usage:read');
    expect(() => assertScope(key(), ['chat'])).toThrow('missing required scope');
  });

  it('keeps restricted keys from routes that name no scope', () => {
    expect(() => assertScope(key('chat', 'usage:read'), undefined)).toThrow('missing required scope: all');
  });
});

describe('assertAddress', () => {
  it('asks the list, if there is one', () => {
    const allowedAddresses = new AddressList(['10.0.0.0/8']);
    expect(() => assertAddress({ allowedAddresses: null }, '192.0.2.1')).not.toThrow();
    expect(() => assertAddress({ allowedAddresses }, '10.9.9.9')).not.toThrow();
    expect(() => assertAddress({ allowedAddresses }, '192.0.2.1')).toThrow('cannot be used from this address');
  });
});

describe('assertModelAllowed', () => {
  it.each([
    [null, 'anything', true],
    [['gpt-4o-mini'], 'gpt-4o-mini', true],
    [['gpt-4o-mini'], 'gpt-4o-mini-2', false],
    [['gpt-4o-mini'], 'GPT-4o-mini', false],
    [['gpt-4o*'], 'gpt-4o', true],
    [['gpt-4o*'], 'gpt-4', false],
    [['claude*', '@cf/*'], '@cf/meta/llama', true],
    [['a.c'], 'abc', false],
  ])('%j and %s: %s', (allowedModels, model, isAllowed) => {
    expect(isModelAllowed({ allowedModels }, model)).toBe(isAllowed);
    if (!isAllowed) expect(() => assertModelAllowed({ allowedModels }, model)).toThrow('with this model');
  });
});
