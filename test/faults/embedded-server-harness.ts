import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

/** One line of `embedded-server-process.mjs`. */
export interface Report {
  up?: { dataDir: string; databaseUrl?: string; redisUrl?: string; osUser?: string };
  refused?: string;
  log?: string;
  fatal?: string;
  stopped?: boolean;
}

/** A process of its own that runs embedded servers, so that a test can kill it. */
export class ServerProcess {
  readonly reports: Report[] = [];
  readonly exitCode: Promise<number | null>;
  private readonly child: ChildProcess;

  private constructor(
    readonly dataDir: string,
    wanted: string,
    environment: Record<string, string>,
  ) {
    const script = join(process.cwd(), 'test', 'faults', 'embedded-server-process.mjs');
    this.child = spawn(process.execPath, [script, dataDir, wanted], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...environment },
    });
    this.exitCode = new Promise((resolve) => this.child.once('exit', (code) => resolve(code)));
    if (this.child.stdout) {
      createInterface({ input: this.child.stdout }).on('line', (line) => this.reports.push(JSON.parse(line) as Report));
    }
  }

  /** Starts one and waits until it says that it is up. `wanted` is '' for Postgres, `redis` for both, or `redis-only`. */
  static async up(dataDir: string, wanted = '', environment: Record<string, string> = {}): Promise<ServerProcess> {
    const started = ServerProcess.launch(dataDir, wanted, environment);
    const { refused } = await started.report((report) => report.up !== undefined || report.refused !== undefined);
    if (refused !== undefined) throw new Error(`The servers did not start: ${refused}`);
    return started;
  }

  /** Starts one without waiting for anything. */
  static launch(dataDir: string, wanted = '', environment: Record<string, string> = {}): ServerProcess {
    return new ServerProcess(dataDir, wanted, environment);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get databaseUrl(): string {
    return this.reports.find(({ up }) => up)?.up?.databaseUrl ?? '';
  }

  get redisUrl(): string | undefined {
    return this.reports.find(({ up }) => up)?.up?.redisUrl;
  }

  /** Waits for the first report that `matches`. */
  async report(matches: (report: Report) => boolean): Promise<Report> {
    return eventually(async () => this.reports.find(matches));
  }

  /** `kill -9`: the process can do nothing about its servers any more. */
  async killHard(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exitCode;
  }

  /** Orderly stop. Answers the exit code; harmless for a process that is gone. */
  async stop(): Promise<number | null> {
    this.child.kill('SIGTERM');
    return this.exitCode;
  }
}

/** Asks until there is an answer other than undefined; fails after 20 s. */
export async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error('Waited 20 s in vain');
    await sleep(20);
  }
}

/** Runs one statement on a connection of its own. */
export async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Pid of the Postgres server in a data directory, from its own file. */
export function postgresPid(dataDir: string): number {
  return Number(readFileSync(join(dataDir, 'pg18', 'postmaster.pid'), 'utf8').split('\n')[0]);
}

/** True when the process is gone, or only waits to be collected by its parent. */
export function processStopped(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ');
  } catch {
    // No such file: there is no such process, which is the answer.
    return true;
  }
}

/** A new directory that is removed by `remove()`. */
export function temporaryDirectory(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'gatehouse-embedded-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
