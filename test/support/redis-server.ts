import { statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { TestChild } from './child-process.js';
import { freePort } from './free-port.js';
import { until } from './until.js';

export interface RedisOptions {
  /** Keep an append-only file, so that data outlives `kill` and `restart`. */
  appendOnly?: boolean;
}

/** A private Redis (or Valkey) on a loopback port, with its data in a temporary directory. */
export class RedisServer {
  private child: TestChild;
  private frozen = false;

  private constructor(
    readonly port: number,
    private readonly dataDir: string,
    private readonly appendOnly: boolean,
  ) {}

  static async start({ appendOnly = false }: RedisOptions = {}): Promise<RedisServer> {
    const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-redis-'));
    const server = new RedisServer(await freePort(), dataDir, appendOnly);
    await server.launch();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.child.pid;
  }

  /** SIGTERM, waits for the end, removes the data. */
  async stop(): Promise<void> {
    this.thaw();
    await this.child.dispose();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  /** SIGKILL; what is not in the append-only file is lost. `restart` brings the server back. */
  async kill(): Promise<void> {
    this.child.killNow();
    this.frozen = false;
    await this.child.exited;
  }

  /** The server keeps its connections but answers nothing until `thaw`. */
  freeze(): void {
    this.child.signal('SIGSTOP');
    this.frozen = true;
  }

  thaw(): void {
    if (this.frozen) this.child.signal('SIGCONT');
    this.frozen = false;
  }

  /** Starts again on the same port, stopping first if needed. */
  async restart(): Promise<void> {
    this.thaw();
    await this.child.dispose();
    await this.launch();
  }

  private async launch(): Promise<void> {
    const args = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.dataDir, '--save', ''];
    args.push('--appendonly', this.appendOnly ? 'yes' : 'no', '--maxmemory-policy', 'noeviction');
    // Without the C locale Redis refuses to start on machines that lack the configured one.
    this.child = new TestChild(findServer(), args, { env: { PATH: process.env.PATH, LC_ALL: 'C' } });
    await until('a Redis that answers', () => this.child.running && answersPing(this.port)).catch((error: unknown) => {
      throw new Error(`Redis did not start. Output:\n${this.child.output()}`, { cause: error });
    });
  }
}

function findServer(): string {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const places = folders.flatMap((folder) => [join(folder, 'redis-server'), join(folder, 'valkey-server')]);
  const found = places.find((place) => statSync(place, { throwIfNoEntry: false })?.isFile());
  if (found === undefined) throw new Error('Neither redis-server nor valkey-server is on the PATH');
  return found;
}

function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.setTimeout(1_000, () => socket.destroy());
    socket.once('data', (answer: Buffer) => {
      resolve(answer.toString().startsWith('+PONG'));
      socket.destroy();
    });
    socket.on('error', () => resolve(false)).on('close', () => resolve(false));
  });
}
