import { Redis } from 'ioredis';

/**
 * A Redis connection of Bull's that can be retired. While Bull closes, it reconnects its blocking connection, and it
 * still awaits connections that never became ready; with Redis away both end in rejections that nobody handles.
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
}
