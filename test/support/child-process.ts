import { type ChildProcess, spawn } from 'node:child_process';
import { forget, remember } from './leftovers.js';

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A child process with its output kept, ended with the spec file at the latest. */
export class TestChild {
  readonly exited: Promise<Exit>;
  private readonly child: ChildProcess;
  private readonly captured: string[] = [];

  constructor(command: string, args: string[], options: { cwd?: string; env: NodeJS.ProcessEnv }) {
    this.child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.captured.push(text));
    }
    this.child.on('error', (error) => this.captured.push(`${error.message}\n`));
    this.exited = new Promise((resolve) => {
      this.child.once('close', (code, signal) => resolve({ code, signal }));
      // A grandchild may keep the pipes open, and with them the event above away.
      this.child.once('exit', (code, signal) => setTimeout(() => resolve({ code, signal }), 500).unref());
    });
    remember(this);
    void this.exited.then(() => forget(this));
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error(`The process did not start: ${this.output()}`);
    return this.child.pid;
  }

  /** False once the process is over. */
  get running(): boolean {
    return this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Standard output and error so far, in order of arrival. */
  output(): string {
    return this.captured.join('');
  }

  signal(signal: NodeJS.Signals): void {
    if (this.running) this.child.kill(signal);
  }

  /** Waits for the end, at most `timeoutMs`. */
  async waitForExit(timeoutMs: number): Promise<Exit> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const complain = (): void => reject(new Error(`Still running after ${timeoutMs} ms. Output:\n${this.output()}`));
      timer = setTimeout(complain, timeoutMs);
    });
    try {
      return await Promise.race([this.exited, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  killNow(): void {
    this.signal('SIGKILL');
  }

  async dispose(): Promise<void> {
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.killNow(), 5_000);
    await this.exited;
    clearTimeout(timer);
  }
}
