import { join } from 'node:path';
import { once } from 'node:events';
import { Child, answers, freePort } from '../harness/child.mjs';

const DEFAULTS = { answerDelayMs: 0, firstDelayMs: 0, chunks: 20, chunkDelayMs: 0, failEvery: 0, breakEvery: 0 };

/** The fake upstream in a process of its own. */
export class Upstream {
  static async start({ workDir }) {
    const port = await freePort();
    const child = new Child({
      name: 'The upstream',
      args: [join(import.meta.dirname, 'upstream-process.mjs'), String(port)],
      logFile: join(workDir, 'upstream.log'),
      ipc: true,
    });
    await child.untilReady(() => answers(`http://127.0.0.1:${port}/bench/v1/models`));
    return new Upstream(child, port);
  }

  constructor(child, port) {
    this.child = child;
    this.port = port;
    this.reports = 0;
  }

  get pid() {
    return this.child.pid;
  }

  /** Base URL for one caller; its calls are counted under its name. */
  baseUrl(caller) {
    return `http://127.0.0.1:${this.port}/${caller}/v1`;
  }

  /** Sets how it answers from now on; what is not named is back at its default. */
  behave(behaviour = {}) {
    this.child.child.send({ behave: { ...DEFAULTS, ...behaviour } });
  }

  /** The books of one caller: calls, completed, promptTokens, completionTokens, failed, broken, abandoned. */
  async booksOf(caller) {
    this.reports += 1;
    const id = this.reports;
    this.child.child.send({ report: id });
    for (;;) {
      const [message] = await once(this.child.child, 'message');
      if (message.report === id) return message.books[caller];
    }
  }
}
