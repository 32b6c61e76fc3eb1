import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { postgresPid } from '../faults/embedded-server-harness.js';
import { freePort } from './free-port.js';
import { GatehouseProcess } from './gatehouse-process.js';

type Environment = Record<string, string | undefined>;
export type Victim = 'gateway' | 'worker' | 'postgres' | 'backend';

const ROUND: readonly Victim[] = ['gateway', 'worker', 'postgres', 'gateway', 'backend'];
/** Postgres is started again five times a minute at most, so its postmaster is not killed more often than that. */
const BETWEEN_POSTMASTERS_MS = 16_000;
const SHORTEST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 3_500;

/** One server that is started again whenever it dies, on the port that it had. */
export class PhoenixServer {
  private current: GatehouseProcess | undefined;
  private rising: Promise<void> | undefined;

  private constructor(
    readonly port: number,
    private readonly env: Environment,
  ) {}

  static async start(env: Environment): Promise<PhoenixServer> {
    const server = new PhoenixServer(await freePort(), env);
    await server.rise();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** `kill -9`, and up again as soon as it can. */
  async kill(): Promise<void> {
    await this.rising;
    await this.current?.kill();
    this.rising = this.rise();
    // Whoever waits for it is told; until then it is nobody's unhandled error.
    this.rising.catch(() => undefined);
  }

  /** Resolves when it serves. */
  async up(): Promise<void> {
    await this.rising;
  }

  async stop(): Promise<void> {
    await this.rising;
    if (this.current?.running) await this.current.stop();
  }

  /** A server that starts while Postgres is away refuses to, and is started once more. */
  private async rise(): Promise<void> {
    for (let attempts = 1; ; attempts += 1) {
      try {
        this.current = await GatehouseProcess.start({ env: { ...this.env, PORT: String(this.port) } });
        return;
      } catch (error) {
        if (attempts === 20) throw error;
        await sleep(250);
      }
    }
  }
}

/** Kills gateways, worker, Postgres's postmaster and its backends, at random moments. */
export class KillStorm {
  readonly kills: Record<Victim, number> = { gateway: 0, worker: 0, postgres: 0, backend: 0 };
  private lastPostmaster = -Infinity;

  constructor(
    private readonly gateways: readonly PhoenixServer[],
    private readonly worker: PhoenixServer,
    private readonly postgresDataDir: string,
    private readonly random: () => number,
  ) {}

  async rage(durationMs: number): Promise<void> {
    const end = performance.now() + durationMs;
    for (let round: Victim[] = []; performance.now() < end;) {
      if (round.length === 0) round = this.shuffled(ROUND);
      await sleep(SHORTEST_PAUSE_MS + this.random() * (LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS));
      const victim = round.pop();
      if (victim === 'gateway') await this.killGateway();
      else if (victim === 'worker') await this.killWorker();
      else this.killPostgres(victim === 'postgres');
    }
  }

  private shuffled(victims: readonly Victim[]): Victim[] {
    const order = victims.map((victim) => ({ victim, place: this.random() }));
    return order.sort((a, b) => a.place - b.place).map(({ victim }) => victim);
  }

  private async killGateway(): Promise<void> {
    await this.gateways[Math.floor(this.random() * this.gateways.length)].kill();
    this.kills.gateway += 1;
  }

  private async killWorker(): Promise<void> {
    await this.worker.kill();
    this.kills.worker += 1;
  }

  private killPostgres(whole: boolean): void {
    const postmaster = pidOfPostgres(this.postgresDataDir);
    if (postmaster === undefined) return;
    const backends = childrenOf(postmaster).filter(servesAClient);
    const now = performance.now();
    if (whole && now - this.lastPostmaster > BETWEEN_POSTMASTERS_MS) {
      this.lastPostmaster = now;
      if (killNow(postmaster)) this.kills.postgres += 1;
    } else if (backends.length > 0) {
      // The death of one makes Postgres end the others and recover.
      if (killNow(backends[Math.floor(this.random() * backends.length)])) this.kills.backend += 1;
    }
  }
}

/** Undefined while it is being started. */
function pidOfPostgres(dataDir: string): number | undefined {
  try {
    return postgresPid(dataDir) || undefined;
  } catch {
    // It has not written its pid yet.
    return undefined;
  }
}

/** False when there is no such process any more. */
function killNow(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself since we looked: that is what the answer says.
    return false;
  }
}

function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === pid)
    .map(Number);
}

/** Not the processes that Postgres recovers with: their death ends the server, which may happen five times a minute only. */
function servesAClient(pid: number): boolean {
  return read(`/proc/${pid}/cmdline`).includes('[local]');
}

function parentOf(pid: string): number {
  return Number(read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ')[1]);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    // The process ended while we looked.
    return '';
  }
}
