import 'reflect-metadata';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { variables } from './read-environment.js';

describe('variables', () => {
  let directory: string;
  let file: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'gatehouse-env-'));
    file = join(directory, '.env');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it("are the process's own, then those of the file as it is now", () => {
    writeFileSync(file, 'KEY=first\nOWN=file\n');
    expect(variables({ OWN: 'process' }, file)).toMatchObject({ KEY: 'first', OWN: 'process' });
    writeFileSync(file, 'KEY=second\n');
    expect(variables({ OWN: 'process' }, file)).toEqual({ KEY: 'second', OWN: 'process' });
  });

  it('are those of the process alone without a file, and in tests', () => {
    expect(variables({ OWN: 'process' }, file)).toEqual({ OWN: 'process' });
    writeFileSync(file, 'KEY=first\n');
    expect(variables({ NODE_ENV: 'test' }, file)).toEqual({ NODE_ENV: 'test' });
  });
});
