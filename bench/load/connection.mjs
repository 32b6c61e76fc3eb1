import { connect } from 'node:net';
import { AnswerReader } from './answer-reader.mjs';

const REOPEN_AFTER_MS = 5;

/** One keep-alive connection of the load generator, with one request at a time on it. It reopens itself until it is closed. */
export class Connection {
  /** @param {object} load told of `ready(connection)`, `events(connection, count)`, `answered(connection, status, complete)`, `failed(connection, reason)` */
  constructor(port, load) {
    this.port = port;
    this.load = load;
    this.closed = false;
    this.busy = false;
    this.reader = new AnswerReader({
      onEvents: (count) => this.streamed(count),
      onAnswer: (status, { complete, closes }) => this.answered(status, complete, closes),
    });
    this.open();
  }

  open() {
    this.reader.reset();
    const socket = connect({ port: this.port, host: '127.0.0.1', noDelay: true });
    this.socket = socket;
    socket.on('connect', () => this.load.ready(this));
    socket.on('data', (bytes) => this.reader.push(bytes));
    socket.on('error', (error) => (this.reason = error.code));
    socket.on('close', () => this.lost());
  }

  send(request, startedAt) {
    this.busy = true;
    this.request = request;
    this.startedAt = startedAt;
    this.eventsSeen = 0;
    this.reason = 'closed';
    this.socket.write(request.bytes);
  }

  /** Hangs up in the middle of an answer. */
  hangUp() {
    this.busy = false;
    this.socket.destroy();
  }

  close() {
    this.closed = true;
    this.socket.destroy();
  }

  streamed(count) {
    // What was read together with the event that made us hang up is nobody's any more.
    if (!this.busy) return;
    this.eventsSeen += count;
    this.load.events(this, count);
  }

  answered(status, complete, closes) {
    if (!this.busy) return;
    this.busy = false;
    this.load.answered(this, status, complete);
    if (closes) this.socket.destroy();
    else if (!this.closed && !this.busy) this.load.ready(this);
  }

  lost() {
    if (this.busy) {
      this.busy = false;
      this.load.failed(this, this.reason);
    }
    if (!this.closed) setTimeout(() => this.reopen(), REOPEN_AFTER_MS);
  }

  reopen() {
    if (!this.closed) this.open();
  }
}
