import { Redis } from 'ioredis';

type RedisCommand = Parameters<Redis['sendCommand']>[0];
type CommandStream = Parameters<Redis['sendCommand']>[1];

/** Commands that Bull sends without listening for their failure: it names its connections and subscribes to delays. */
const UNHEARD_COMMANDS: ReadonlySet<string> = new Set(['client', 'subscribe', 'psubscribe']);

/**
 * A Redis connection of Bull's that can be retired. Bull counts on a Redis that comes back: while it closes, it reconnects
 * its blocking connection and still awaits connections that never became ready. With Redis away that ends in
 * rejections that nobody handles, and such a rejection ends the process; a retired connection keeps them to itself.
 */
export class BullConnection extends Redis {
  private retired = false;

  /** Rejects when the connection fails, unless it is retired: then nobody needs it any more. */
  override async connect(): Promise<void> {
    try {
      await super.connect();
    } catch (error) {
      if (!this.retired) throw error;
    }
  }

  override sendCommand(command: RedisCommand, stream?: CommandStream): unknown {
    if (this.retired && command.name === 'quit') return this.hangUp();
    const answer = super.sendCommand(command, stream);
    return UNHEARD_COMMANDS.has(command.name) ? this.unlessRetired(answer) : answer;
  }

  /** The connection still works while it lasts. Once it is lost it ends, and rejects the commands that it holds. */
  retire(): void {
    this.retired = true;
    this.options.retryStrategy = () => null;
    this.removeAllListeners('end');
  }

  /** Ends the connection now, and at once again should Bull still open it. Commands in flight reject. */
  cut(): void {
    this.on('ready', () => this.disconnect());
    this.disconnect();
  }

  /** Nothing is asked for any more, except for the next job: Redis would answer QUIT only when that has come. */
  private hangUp(): Promise<'OK'> {
    this.disconnect();
    return Promise.resolve('OK');
  }

  /** Passes on how it went, except that a failure after retirement stays untold. */
  private async unlessRetired(answer: unknown): Promise<unknown> {
    try {
      return await answer;
    } catch (error) {
      if (!this.retired) throw error;
      return new Promise<never>(() => undefined);
    }
  }
}
