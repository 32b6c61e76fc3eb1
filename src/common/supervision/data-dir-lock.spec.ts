import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataDirLock } from './data-dir-lock.js';
import { EmbeddedServerError } from './embedded-server-error.js';

describe('DataDirLock', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'gatehouse-lock-'));
  });

  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('refuses while its holder lives, names the holder, and is free after release', async () => {
    const lock = await DataDirLock.acquire(directory);
    const refusal = DataDirLock.acquire(directory);
    await expect(refusal).rejects.toThrow(EmbeddedServerError);
    await expect(refusal).rejects.toThrow(`(pid ${process.pid})`);
    await lock.release();
    await (await DataDirLock.acquire(directory)).release();
    expect(readdirSync(directory)).toEqual([]);
  });

  it.each([
    ['a dead pid', '4000000\nwhatever\n'],
    ['a pid that was given to another process', `${process.pid}\nanother start\n`],
    ['an empty file', ''],
  ])('takes over from %s', async (_name, content) => {
    writeFileSync(join(directory, 'lock'), content);
    await DataDirLock.acquire(directory);
    expect(readFileSync(join(directory, 'lock'), 'utf8')).toMatch(new RegExp(`^${process.pid}\n`));
    expect(readdirSync(directory)).toEqual(['lock']);
  });

  it('does not remove a lock that is no longer its own', async () => {
    const lock = await DataDirLock.acquire(directory);
    writeFileSync(join(directory, 'lock'), 'of somebody else');
    await lock.release();
    expect(readFileSync(join(directory, 'lock'), 'utf8')).toBe('of somebody else');
  });
});
