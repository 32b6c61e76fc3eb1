import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedServerError } from './embedded-server-error.js';
import { errorCode } from './error-code.js';
import type { OsAccount } from './os-account.js';
import { Patience } from './patience.js';
import { RestartBudget } from './restart-budget.js';
import { spawnOptionsFor } from './run-as.js';
import { lastComplaint, logSize, withServerLog } from './server-log.js';
import { stopProcess } from './stop-process.js';
import type { StopStep } from './stop-process.js';
import type { Watchdog } from './watchdog.js';

/** How a server is found out that runs and is of no use. */
export interface Liveness {
  /** Pause between two looks. */
  everyMs: number;
  /** For so long it may be of no use; longer each time that starting it again did not help, up to `mostPatienceMs`. */
  patienceMs: number;
  mostPatienceMs: number;
  /** It did not listen to anybody: from hard to harder. */
  stopSteps: readonly StopStep[];
  /** One look: why the server takes no connection; undefined when it does. */
  findTrouble(): Promise<string | undefined>;
}

/** What there is to know about a server in order to keep it running. */
export interface ServerProgram {
  /** As people call it: `Postgres`. */
  name: string;
  command: string;
  args: readonly string[];
  account?: OsAccount;
  /** Takes both output streams. */
  logFile: string;
  /** From polite to hard. The watchdog takes the first step only. */
  stopSteps: readonly [StopStep, ...StopStep[]];
  /** How long one start may take without getting on. */
  readyTimeoutMs: number;
  /** Words that change while a start, or a recovery, gets on with its work; undefined when there is nothing to be seen of it. */
  progress?(): string | undefined;
  /** Left out: only the end of the process is noticed. */
  liveness?: Liveness;
  /** Runs before every start: clears away what an earlier process left. */
  beforeStart(): Promise<void>;
  /** One look: can the process with this pid be used now? */
  isReady(pid: number): Promise<boolean>;
}

export interface SupervisorEvents {
  log(message: string): void;
  /** Called once, when the server stopped too often to be started again. `message` is one line. */
  onGaveUp(message: string): void;
}

interface Running {
  child: ChildProcess;
  /** How the process ended (`signal SIGKILL`), once it did. */
  endedBy?: string;
  /** Why we ended it. */
  trouble?: string;
  exit: Promise<string>;
}

const READY_POLL_MS = 10;

/** One server process: started, watched, started again after a crash with growing pauses, stopped in order. */
export class SupervisedProcess {
  private readonly budget = new RestartBudget();
  private readonly stopRequest = new AbortController();
  private readonly patience: Patience;
  private running?: Running;
  private loop: Promise<void> = Promise.resolve();

  constructor(
    private readonly program: ServerProgram,
    private readonly watchdog: Watchdog,
    private readonly events: SupervisorEvents,
  ) {
    const { patienceMs = 0, mostPatienceMs = 0 } = program.liveness ?? {};
    this.patience = new Patience(patienceMs, mostPatienceMs);
  }

  /**
   * Starts the server and resolves when it can be used.
   * @throws EmbeddedServerError when it ends or stays unusable; nothing is left running then
   */
  async start(): Promise<void> {
    const running = await this.launch();
    this.loop = this.keepRunning(running);
  }

  /** Stops the server for good. Resolves when the process is gone. */
  async stop(): Promise<void> {
    this.stopRequest.abort();
    await this.stopChild();
    await this.loop;
  }

  private get stopping(): boolean {
    return this.stopRequest.signal.aborted;
  }

  private async keepRunning(first: Running): Promise<void> {
    let how = await this.describeCrash(first);
    while (!this.stopping) {
      const pauseMs = this.budget.take(Date.now());
      if (pauseMs === undefined) {
        this.events.onGaveUp(`${how}; it failed too often to be started again`);
        return;
      }
      this.events.log(`${how}; starting it again.`);
      await this.pause(pauseMs);
      if (!this.stopping) how = await this.relaunch();
    }
  }

  /** Resolves with how the restarted server ended, or why it did not start. */
  private async relaunch(): Promise<string> {
    try {
      const running = await this.launch();
      this.events.log(`${this.program.name} is up again.`);
      return await this.describeCrash(running);
    } catch (error) {
      return errorCode(error);
    }
  }

  private async describeCrash(running: Running): Promise<string> {
    const { name, liveness } = this.program;
    if (liveness !== undefined) void this.lookAfter(running, liveness);
    const how = await running.exit;
    return running.trouble ?? `${name} stopped unexpectedly (${how})`;
  }

  /** Ends a server that has been of no use for too long: what becomes of it then is what becomes of one that crashed. */
  private async lookAfter(running: Running, liveness: Liveness): Promise<void> {
    const isOver = (): boolean => this.stopping || running.endedBy !== undefined;
    while (!isOver()) {
      await this.pause(liveness.everyMs, false);
      if (isOver()) return;
      try {
        running.trouble = await this.troubleToActOn(liveness);
        const { pid } = running.child;
        if (running.trouble !== undefined && pid !== undefined && !isOver()) await stopProcess(pid, liveness.stopSteps);
      } catch (error) {
        this.events.log(`${this.program.name} could not be looked after (${errorCode(error)}).`);
      }
    }
  }

  private async troubleToActOn(liveness: Liveness): Promise<string | undefined> {
    const trouble = await liveness.findTrouble();
    if (trouble === undefined) {
      this.patience.satisfy();
      return undefined;
    }
    const waitedMs = this.patience.disappoint(performance.now(), this.program.progress?.());
    if (waitedMs === undefined) return undefined;
    return `${this.program.name} runs, but has taken no connection for ${Math.round(waitedMs / 1_000)} s (${trouble})`;
  }

  private async launch(): Promise<Running> {
    const { name, logFile, readyTimeoutMs } = this.program;
    await this.program.beforeStart();
    if (this.stopping) throw new EmbeddedServerError(`${name} was stopped before it had started.`);
    const logStart = logSize(logFile);
    let seen = this.program.progress?.();
    const running = this.spawn();
    let deadline = Date.now() + readyTimeoutMs;
    while (running.endedBy === undefined) {
      const { pid } = running.child;
      if (pid !== undefined && (await this.program.isReady(pid))) return running;
      if (Date.now() > deadline) {
        const now = this.program.progress?.();
        if (now === seen) await this.stopChild();
        seen = now;
        deadline = Date.now() + readyTimeoutMs;
      }
      await Promise.race([running.exit, sleep(READY_POLL_MS)]);
    }
    const complaint = lastComplaint(logFile, logStart) ?? 'it wrote nothing';
    throw new EmbeddedServerError(`${name} did not start (${running.endedBy}): ${complaint}. See ${logFile}`);
  }

  private spawn(): Running {
    const { command, args, account, logFile, stopSteps } = this.program;
    const child = withServerLog(logFile, account, (log) =>
      spawn(command, args, { ...spawnOptionsFor(account), stdio: ['ignore', log, log] }),
    );
    // A process that forgets to stop us may still end; the watchdog then stops the server.
    child.unref();
    const { pid } = child;
    if (pid !== undefined) this.watchdog.watch(pid, stopSteps[0].signal);
    const exit = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(errorCode(error)));
      child.once('exit', (code, signal) => resolve(signal ? `signal ${signal}` : `exit code ${code}`));
    });
    const running: Running = { child, exit };
    this.running = running;
    running.exit = exit.then((how) => {
      running.endedBy = how;
      if (pid !== undefined) this.watchdog.forget(pid);
      return how;
    });
    return running;
  }

  private async stopChild(): Promise<void> {
    const { running } = this;
    if (running?.child.pid === undefined || running.endedBy !== undefined) return;
    running.child.ref();
    await stopProcess(running.child.pid, this.program.stopSteps);
    await running.exit;
  }

  /** @param ref false lets a process end meanwhile that has nothing else to do */
  private async pause(durationMs: number, ref = true): Promise<void> {
    const { signal } = this.stopRequest;
    try {
      await sleep(durationMs, undefined, { signal, ref });
    } catch (error) {
      // The only way to be interrupted is `stop()`, and then there is nothing left to wait for.
      if (!signal.aborted) throw error;
    }
  }
}
