import type { QueueOptions as BullOptions } from 'bull';
import type { RedisOptions } from 'ioredis';
import { BullConnection } from './bull-connection.js';

type ConnectionType = 'client' | 'subscriber' | 'bclient';

/** No command of the ordinary client waits longer for Redis, in milliseconds. */
export const COMMAND_TIMEOUT_MS = 2_000;
const CONNECT_TIMEOUT_MS = 2_000;
const MAX_RECONNECT_DELAY_MS = 2_000;
const FINISHED_JOBS_KEPT = 100;

/**
 * Makes Bull's Redis connections, which outlive any outage: they reconnect for ever, every 2 s at least. The ordinary
 * client fails at once or within 2 s; Bull's blocking and subscribing connections wait as long as it takes.
 */
export class BullConnections {
  private readonly opened: BullConnection[] = [];

  constructor(private readonly redisUrl: string) {}

  /** Options of the Bull queue that is to use these connections. */
  queueOptions(): BullOptions {
    return {
      prefix: 'gatehouse',
      createClient: (type) => this.open(type),
      defaultJobOptions: { attempts: 1, removeOnComplete: FINISHED_JOBS_KEPT, removeOnFail: FINISHED_JOBS_KEPT },
    };
  }

  /** Called before Bull closes: a connection that is lost from now on stays lost. */
  retire(): void {
    for (const connection of this.opened) connection.retire();
  }

  /** Called when Bull has closed, or had its time to. */
  cut(): void {
    for (const connection of this.opened) connection.cut();
  }

  private open(type: ConnectionType): BullConnection {
    const connection = new BullConnection(this.redisUrl, {
      connectTimeout: CONNECT_TIMEOUT_MS,
      keepAlive: 10_000,
      retryStrategy: (times) => Math.min(times * 100, MAX_RECONNECT_DELAY_MS),
      // Before Redis 7.2 CLIENT SETINFO fails, and a retired connection that waits for it never becomes ready to be closed.
      disableClientInfo: true,
      ...PER_TYPE[type],
    });
    // Bull takes its own listener off when it closes; an error without any listener would be printed to the console.
    connection.on('error', () => undefined);
    this.opened.push(connection);
    return connection;
  }
}

const PATIENT: RedisOptions = { maxRetriesPerRequest: null, enableReadyCheck: false };
const PER_TYPE: Record<ConnectionType, RedisOptions> = {
  client: { commandTimeout: COMMAND_TIMEOUT_MS, enableOfflineQueue: false, autoResendUnfulfilledCommands: false },
  subscriber: PATIENT,
  bclient: PATIENT,
};
