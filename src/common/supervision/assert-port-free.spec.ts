import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { assertPortFree } from './assert-port-free.js';

describe('assertPortFree', () => {
  it('names a port that is taken, and accepts it once it is free', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      await expect(assertPortFree('127.0.0.1', port)).rejects.toThrow(`Port ${port} on 127.0.0.1 is already taken`);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    await expect(assertPortFree('127.0.0.1', port)).resolves.toBeUndefined();
  });

  it('names an address that this machine does not have', async () => {
    await expect(assertPortFree('192.0.2.1', 8000)).rejects.toThrow('192.0.2.1:8000 (EADDRNOTAVAIL)');
  });
});
