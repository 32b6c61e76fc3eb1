import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

jest.setTimeout(20_000);

const WATCH_MODULE = pathToFileURL(join(process.cwd(), 'dist', 'src', 'common', 'supervision', 'parent-watch.js')).href;

/** Stands for npm: starts a watching process, tells its pid, and waits to be killed. */
function startParent(startedByNpm: boolean): ReturnType<typeof spawn> {
  const watching = `
    import { watchParent } from ${JSON.stringify(WATCH_MODULE)};
    const life = setTimeout(() => { process.stdout.write('outlived'); process.exit(); }, 3_000);
    watchParent(${startedByNpm}, () => { process.stdout.write('stopped'); clearTimeout(life); });
    process.stdout.write('watching ');
  `;
  const parent = `
    require('node:child_process').spawn(process.execPath, ['--input-type=module', '-e', ${JSON.stringify(watching)}],
      { stdio: 'inherit' });
  `;
  return spawn(process.execPath, ['-e', parent], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Everything that the watching process said until it ended. */
async function outputAfterKill(startedByNpm: boolean): Promise<string> {
  const parent = startParent(startedByNpm);
  let output = '';
  parent.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (output === 'watching ') parent.kill('SIGKILL');
  });
  await once(parent, 'close');
  return output;
}

describe('watchParent', () => {
  it('tells when npm is killed', async () => {
    expect(await outputAfterKill(true)).toBe('watching stopped');
  });

  it('does not mind losing a parent that is not npm', async () => {
    expect(await outputAfterKill(false)).toBe('watching outlived');
  });
});
