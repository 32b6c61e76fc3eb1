import { Redis } from 'ioredis';

/**
 * A Redis connection of Bull's that can be retired. Bull reconnects its blocking connection while it closes, and awaits
 * connections that never became ready; with Redis away both end in rejections that nobody handles.
 */
export class BullConnection extends Redis {
  private retired = false;

  override async connect(): Promise<void> {
    if (!this.retired) await super.connect();
  }

  /** From now on the connection does not come back, and nobody who waits for it is told. */
  retire(): void {
    this.retired = true;
    this.removeAllListeners('end');
  }
}
