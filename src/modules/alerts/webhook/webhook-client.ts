import { Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import { Agent } from 'undici';
import { Config } from '../../../config/config.js';
import type { WebhookOutcome } from './webhook-outcome.js';
import { signedHeaders } from './webhook-signature.js';

const CONNECT_TIMEOUT_MS = 3_000;
const TOTAL_TIMEOUT_MS = 10_000;
const CONNECTIONS = 4;
const SECOND_MS = 1_000;
const TIMEOUT_NAMES = new Set(['TimeoutError', 'ConnectTimeoutError', 'HeadersTimeoutError', 'BodyTimeoutError']);

/** Sends events to the address that the operator set. Redirects are not followed, and what is answered is not read. */
@Injectable()
export class WebhookClient implements OnModuleDestroy {
  private readonly agent = new Agent({ connections: CONNECTIONS, connect: { timeout: CONNECT_TIMEOUT_MS } });

  constructor(private readonly config: Config) {}

  /** Never rejects. Says nothing of the address or the secret, whatever goes wrong. */
  async send(eventId: string, body: string): Promise<WebhookOutcome> {
    const { webhook } = this.config.alerts;
    if (webhook === null) return { status: null, error: 'unreachable' };
    const seconds = Math.floor(Date.now() / SECOND_MS);
    try {
      const url = new URL(webhook.url);
      const answer = await this.agent.request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: 'POST',
        headers: signedHeaders(webhook.secret, eventId, seconds, body),
        body,
        signal: AbortSignal.timeout(TOTAL_TIMEOUT_MS),
      });
      // Destroying a body that nobody reads makes it emit an abort error.
      answer.body.on('error', () => undefined).destroy();
      const isTaken = answer.statusCode >= 200 && answer.statusCode < 300;
      return { status: answer.statusCode, error: isTaken ? null : 'refused' };
    } catch (error) {
      const isTimeout = error instanceof Error && TIMEOUT_NAMES.has(error.name);
      return { status: null, error: isTimeout ? 'timeout' : 'unreachable' };
    }
  }

  async onModuleDestroy(): Promise<void> {
    await this.agent.destroy();
  }
}
