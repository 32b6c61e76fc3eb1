import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from './connection.mjs';

const TICK_MS = 1;
const CONNECTS_AT_ONCE = 64;
const CONNECT_PAUSE_MS = 5;
const DRAIN_WITHIN_MS = 40_000;

/**
 * Load on one gateway. Closed loop: each connection asks again as soon as it is answered. Open loop: `ratePerSecond` requests
 * begin whatever the gateway does, and a request that waits for a free connection counts from the moment it was due.
 */
export class Load {
  /**
   * @param {{port: number, next: () => {bytes: Buffer, stream: boolean, hangUpAfter?: number}, connections: number,
   *   ratePerSecond?: number, requests?: number, staggerMs?: number}} options `hangUpAfter` events the client is gone; after
   *   `requests` requests in all no more are sent; the connections begin over `staggerMs`, so that their streams do not keep step
   */
  constructor({ port, next, connections, ratePerSecond, requests = Infinity, staggerMs = 0 }) {
    Object.assign(this, { port, next, wanted: connections, ratePerSecond, requestsLeft: requests, staggerMs });
    this.connections = [];
    this.idle = [];
    this.due = [];
    this.stopping = false;
    this.counts = noCounts();
  }

  /** What was counted since the last time; counting begins anew. */
  takeCounts() {
    const taken = this.counts;
    this.counts = noCounts();
    return taken;
  }

  async start() {
    for (let opened = 0; opened < this.wanted; opened += 1) {
      if (this.staggerMs > 0) await sleep(this.staggerMs / this.wanted);
      else if (opened % CONNECTS_AT_ONCE === 0 && opened > 0) await sleep(CONNECT_PAUSE_MS);
      this.connections.push(new Connection(this.port, this));
    }
    if (this.ratePerSecond !== undefined) this.beginTicking();
  }

  /** Sends nothing more and waits for the answers that are under way. */
  async finish() {
    this.stopping = true;
    clearInterval(this.ticking);
    const deadline = Date.now() + DRAIN_WITHIN_MS;
    while (this.inFlight > 0 && Date.now() < deadline) await sleep(10);
    if (this.inFlight > 0) add(this.counts.failures, 'unanswered', this.inFlight);
    for (const connection of this.connections) connection.close();
  }

  get inFlight() {
    return this.connections.reduce((sum, { busy }) => sum + (busy ? 1 : 0), 0);
  }

  beginTicking() {
    const startedAt = performance.now();
    let begun = 0;
    this.ticking = setInterval(() => {
      const now = performance.now();
      const dueNow = Math.floor(((now - startedAt) / 1000) * this.ratePerSecond);
      for (; begun < dueNow; begun += 1) this.beginOne(now);
    }, TICK_MS);
  }

  beginOne(now) {
    const connection = this.idle.pop();
    if (connection === undefined) this.due.push(now);
    else if (connection.socket.destroyed) this.beginOne(now);
    else this.send(connection, now);
  }

  send(connection, startedAt) {
    if (this.requestsLeft <= 0) return;
    this.requestsLeft -= 1;
    connection.send(this.next(), startedAt);
  }

  // What connections tell.

  ready(connection) {
    if (this.stopping) return;
    if (this.ratePerSecond === undefined) this.send(connection, performance.now());
    else if (this.due.length > 0) this.send(connection, this.due.shift());
    else this.idle.push(connection);
  }

  events(connection, count) {
    if (connection.eventsSeen === count) this.counts.firstEvents.push(performance.now() - connection.startedAt);
    this.counts.events += count;
    const { hangUpAfter } = connection.request;
    if (hangUpAfter !== undefined && connection.eventsSeen >= hangUpAfter) {
      this.counts.hungUp += 1;
      connection.hangUp();
    }
  }

  answered(connection, status, complete) {
    this.counts.answered += 1;
    this.counts.latencies.push(performance.now() - connection.startedAt);
    add(this.counts.statuses, status);
    if (!complete) add(this.counts.failures, 'cut short');
  }

  failed(_connection, reason) {
    add(this.counts.failures, reason);
  }
}

function noCounts() {
  return { answered: 0, events: 0, hungUp: 0, latencies: [], firstEvents: [], statuses: {}, failures: {} };
}

function add(counts, name, by = 1) {
  counts[name] = (counts[name] ?? 0) + by;
}
