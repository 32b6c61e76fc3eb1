import { once } from 'node:events';
import {
  type AddressInfo,
  createConnection,
  createServer,
  type NetConnectOpts,
  type Server,
  type Socket,
} from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export type ChaosMode =
  /** Bytes pass. */
  | { mode: 'pass' }
  /** Nobody listens; connections that exist are reset. */
  | { mode: 'refuse' }
  /** Connections are accepted and kept, nothing moves, and what was held passes when the mode ends. */
  | { mode: 'blackhole' }
  /** Every connection, old and new, is reset. */
  | { mode: 'reset' }
  /** Each piece is held for `ms`, in both directions. */
  | { mode: 'latency'; ms: number }
  /** At most this many bytes per second, in each direction. */
  | { mode: 'throttle'; bytesPerSecond: number };

export type ChaosTarget = { host?: string; port: number } | { path: string };

const STEPS_PER_SECOND = 20;

/** A TCP proxy on a loopback port that can be told to misbehave, for putting before Postgres, Redis or an upstream. */
export class ChaosProxy {
  /** Connections accepted, and bytes passed to the target (`up`) and back (`down`), since the start. */
  readonly counters = { connections: 0, bytesUp: 0, bytesDown: 0 };
  private current: ChaosMode = { mode: 'pass' };
  private changed: PromiseWithResolvers = withResolvers();
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;
  private listeningPort = 0;

  private constructor(private readonly target: NetConnectOpts) {
    this.server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => void this.accept(client));
  }

  static async start(target: ChaosTarget): Promise<ChaosProxy> {
    const proxy = new ChaosProxy('path' in target ? target : { host: target.host ?? '127.0.0.1', port: target.port });
    await proxy.listen();
    return proxy;
  }

  get port(): number {
    return this.listeningPort;
  }

  get host(): string {
    return '127.0.0.1';
  }

  get openConnections(): number {
    return this.sockets.size >> 1;
  }

  /** Changes the mode for new connections and those that exist. */
  async set(mode: ChaosMode): Promise<void> {
    this.current = mode;
    const { resolve } = this.changed;
    this.changed = withResolvers();
    resolve();
    if (mode.mode === 'refuse') await this.unlisten();
    if (mode.mode === 'refuse' || mode.mode === 'reset') this.cutConnections();
    if (mode.mode !== 'refuse' && !this.server.listening) await this.listen();
  }

  async pass(): Promise<void> {
    await this.set({ mode: 'pass' });
  }

  /** Resets the connections that exist; the mode stays. */
  cutConnections(): void {
    for (const socket of this.sockets) reset(socket);
  }

  async stop(): Promise<void> {
    this.current = { mode: 'refuse' };
    this.changed.resolve();
    this.cutConnections();
    await this.unlisten();
  }

  private async listen(): Promise<void> {
    this.server.listen(this.listeningPort, '127.0.0.1');
    await once(this.server, 'listening');
    this.listeningPort = (this.server.address() as AddressInfo).port;
  }

  private async unlisten(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.cutConnections();
    await closed;
  }

  private async accept(client: Socket): Promise<void> {
    this.counters.connections++;
    this.adopt(client);
    if (this.current.mode === 'reset') return void client.resetAndDestroy();
    await this.whileBlackhole();
    if (client.destroyed) return;
    const target = createConnection({ ...this.target, allowHalfOpen: true, noDelay: true });
    this.adopt(target);
    client.once('close', () => target.destroy());
    target.once('close', () => client.destroy());
    await Promise.all([
      this.relay(client, target, (bytes) => (this.counters.bytesUp += bytes)),
      this.relay(target, client, (bytes) => (this.counters.bytesDown += bytes)),
    ]);
  }

  private adopt(socket: Socket): void {
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    // Resets are this proxy's business; the other side hears of them through `close`.
    socket.on('error', () => socket.destroy());
  }

  private async relay(from: Socket, to: Socket, count: (bytes: number) => void): Promise<void> {
    try {
      // The end of one direction must not close the other.
      for await (const piece of from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        await this.deliver(piece, to);
        count(piece.length);
      }
      await this.whileBlackhole();
      to.end();
    } catch {
      // Reading a socket that was reset throws; its peer is closed by the handlers above.
      to.destroy();
    }
  }

  private async deliver(piece: Buffer, to: Socket): Promise<void> {
    await this.whileBlackhole();
    if (this.current.mode === 'latency') await sleep(this.current.ms);
    let sent = 0;
    while (sent < piece.length && !to.destroyed) {
      const limit =
        this.current.mode === 'throttle'
          ? Math.max(1, Math.floor(this.current.bytesPerSecond / STEPS_PER_SECOND))
          : piece.length;
      await write(to, piece.subarray(sent, sent + limit));
      sent += limit;
      if (this.current.mode === 'throttle') await sleep(1_000 / STEPS_PER_SECOND);
    }
  }

  private async whileBlackhole(): Promise<void> {
    while (this.current.mode === 'blackhole') await this.changed.promise;
  }
}

/** Unix sockets know no reset: closing is what comes closest. */
function reset(socket: Socket): void {
  if (socket.remoteAddress === undefined) socket.destroy();
  else socket.resetAndDestroy();
}

interface PromiseWithResolvers {
  promise: Promise<void>;
  resolve: () => void;
}

function withResolvers(): PromiseWithResolvers {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((given) => (resolve = given));
  return { promise, resolve };
}

async function write(to: Socket, bytes: Buffer): Promise<void> {
  if (to.destroyed || to.write(bytes)) return;
  await new Promise<void>((resolve) => {
    const proceed = (): void => {
      to.off('drain', proceed).off('close', proceed);
      resolve();
    };
    to.on('drain', proceed).on('close', proceed);
  });
}
