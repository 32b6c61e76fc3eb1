import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, rename, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedServerError } from './embedded-server-error.js';
import { errorCode } from './error-code.js';
import { findProcess } from './process-table.js';

const MAX_ATTEMPTS = 10;
const SETTLE_MS = 30;

/**
 * The file `lock` in a data directory: whoever holds it owns the servers in there. It names the holder by pid and
 * start time, so that a pid given to another process later is not mistaken for the holder.
 */
export class DataDirLock {
  private constructor(
    private readonly path: string,
    private readonly content: string,
  ) {}

  /**
   * Takes the lock, over from a holder that is dead if need be.
   * @throws EmbeddedServerError naming the pid of a holder that is alive
   */
  static async acquire(dataDir: string): Promise<DataDirLock> {
    const lock = new DataDirLock(join(dataDir, 'lock'), describe(process.pid));
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      if (await lock.create()) return lock;
      const found = lock.read();
      if (found === undefined) continue;
      const holder = livingHolder(found);
      if (holder !== undefined) {
        throw new EmbeddedServerError(
          `Gatehouse is already running from ${dataDir} (pid ${holder}). Stop it, or set GATEHOUSE_DATA_DIR to another directory.`,
        );
      }
      await lock.moveAway(found);
      // Another starter may have looked before we moved the dead lock, and take ours for it; it then puts ours back.
      if ((await lock.create()) && (await lock.isStillOurs())) return lock;
    }
    throw new EmbeddedServerError(`Several starts at once compete for ${dataDir}. Start once more.`);
  }

  /** Gives the lock up, unless it is no longer ours. */
  async release(): Promise<void> {
    if (this.read() === this.content) await unlink(this.path);
  }

  /** link(2) either puts the complete file there or fails, so nobody ever reads half a lock. */
  private async create(): Promise<boolean> {
    const draft = this.sidePath();
    await writeFile(draft, this.content, { mode: 0o644 });
    try {
      await link(draft, this.path);
      return true;
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false;
      throw new EmbeddedServerError(`Cannot create ${this.path} (${errorCode(error)}).`, { cause: error });
    } finally {
      await unlink(draft);
    }
  }

  private async moveAway(deadContent: string): Promise<void> {
    const aside = this.sidePath();
    try {
      await rename(this.path, aside);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return;
      throw error;
    }
    if (readFileSync(aside, 'utf8') !== deadContent) await this.putBack(aside);
    await unlink(aside);
  }

  /** What we moved was a living lock, written since we looked. */
  private async putBack(aside: string): Promise<void> {
    try {
      await link(aside, this.path);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  }

  private async isStillOurs(): Promise<boolean> {
    await sleep(SETTLE_MS);
    return this.read() === this.content;
  }

  private read(): string | undefined {
    try {
      return readFileSync(this.path, 'utf8');
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw new EmbeddedServerError(`Cannot read ${this.path} (${errorCode(error)}).`, { cause: error });
    }
  }

  private sidePath(): string {
    return `${this.path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  }
}

/** Two lines: pid, start time. */
function describe(pid: number): string {
  return `${pid}\n${findProcess(pid)?.startedAt ?? ''}\n`;
}

function livingHolder(content: string): number | undefined {
  const [pid, startedAt] = content.split('\n');
  const holder = findProcess(Number(pid));
  return holder && !holder.zombie && holder.startedAt === startedAt ? holder.pid : undefined;
}
