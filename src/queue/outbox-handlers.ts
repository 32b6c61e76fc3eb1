import { Injectable } from '@nestjs/common';
import type { OutboxHandler } from './outbox-handler.js';

/** Who handles which topic. The modules register themselves, so that the queue need not know them. */
@Injectable()
export class OutboxHandlers {
  private readonly byTopic = new Map<string, OutboxHandler>();

  register(topic: string, handler: OutboxHandler): void {
    if (this.byTopic.has(topic)) throw new Error(`Outbox topic ${topic} has a handler already`);
    this.byTopic.set(topic, handler);
  }

  topics(): string[] {
    return [...this.byTopic.keys()];
  }

  get(topic: string): OutboxHandler {
    const handler = this.byTopic.get(topic);
    if (handler === undefined) throw new Error(`Outbox topic ${topic} has no handler`);
    return handler;
  }
}
