import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Exit, TestChild } from './child-process.js';
import { freePort } from './free-port.js';
import { until } from './until.js';

const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'LANG'];

export interface GatehouseOptions {
  /** Added to a small environment of our own; `undefined` removes a name. Nothing else is inherited. */
  env?: Record<string, string | undefined>;
  /** How long `start` waits for GET /health to answer 200; 30 s. */
  startTimeoutMs?: number;
}

/** The built server (`dist/src/main.js`) as a child process with a data directory and a port of its own. */
export class GatehouseProcess {
  private lastHealthError: unknown;

  private constructor(
    private readonly child: TestChild,
    dataDir: string,
    readonly port: number,
  ) {
    void child.exited.then(() => rm(dataDir, { recursive: true, force: true }));
  }

  /** Starts the server and waits until it is healthy; throws with its output when it does not get there. */
  static async start(options: GatehouseOptions = {}): Promise<GatehouseProcess> {
    const server = await GatehouseProcess.launch(options);
    try {
      await server.untilHealthy(options.startTimeoutMs ?? 30_000);
      return server;
    } catch (error) {
      await server.kill();
      throw new Error(`Gatehouse did not start. Output:\n${server.output()}`, { cause: error });
    }
  }

  /** Starts the server without waiting, for tests of a refused boot. */
  static async launch({ env = {} }: GatehouseOptions = {}): Promise<GatehouseProcess> {
    const port = env.PORT === undefined ? await freePort() : Number(env.PORT);
    const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-test-'));
    const child = new TestChild(process.execPath, ['dist/src/main.js'], {
      cwd: process.cwd(),
      env: {
        ...Object.fromEntries(PASSED_ON.map((name) => [name, process.env[name]])),
        NODE_ENV: 'test',
        HOST: '127.0.0.1',
        GATEHOUSE_DATA_DIR: dataDir,
        ...env,
        PORT: String(port),
      },
    });
    return new GatehouseProcess(child, dataDir, port);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.child.pid;
  }

  get running(): boolean {
    return this.child.running;
  }

  /** Standard output and error so far. */
  output(): string {
    return this.child.output();
  }

  /** Waits for GET /health to answer 200; throws as soon as the process is over. */
  async untilHealthy(timeoutMs = 30_000): Promise<void> {
    await until(
      'a healthy Gatehouse',
      () => {
        if (!this.running) throw new Error('The process is over', { cause: this.lastHealthError });
        return this.isHealthy();
      },
      { timeoutMs, intervalMs: 50 },
    );
  }

  signal(signal: NodeJS.Signals): void {
    this.child.signal(signal);
  }

  /** SIGTERM; resolves with the exit. Past `timeoutMs` the process is killed and an error carries its output. */
  async stop(timeoutMs = 20_000): Promise<Exit> {
    this.child.signal('SIGTERM');
    try {
      return await this.child.waitForExit(timeoutMs);
    } catch (error) {
      await this.kill();
      throw error;
    }
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<Exit> {
    this.child.killNow();
    return this.child.exited;
  }

  async waitForExit(timeoutMs = 20_000): Promise<Exit> {
    return this.child.waitForExit(timeoutMs);
  }

  private async isHealthy(): Promise<boolean> {
    try {
      const answer = await fetch(`${this.url}/health`, { signal: AbortSignal.timeout(2_000) });
      await answer.body?.cancel();
      return answer.status === 200;
    } catch (error) {
      this.lastHealthError = error;
      return false;
    }
  }
}
