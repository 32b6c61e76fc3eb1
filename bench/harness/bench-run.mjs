import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from '../../scripts/build.mjs';
import { ROOT, startGatehouse } from '../gateways/gatehouse.mjs';
import { startPassthrough } from '../gateways/passthrough.mjs';
import { startPortkey } from '../gateways/portkey.mjs';
import { Upstream } from '../gateways/upstream.mjs';
import { measure } from '../load/measure.mjs';
import { atEnd } from './cleanup.mjs';
import { pinOurselves, planCores } from './cores.mjs';
import { Database } from './database.mjs';
import { rssMb } from './proc.mjs';

const ACCOUNTS = 1_000;

/** Everything that a scenario works with: servers, gateways, accounts, and the means to put load on them. */
export class BenchRun {
  /** @param {{plan: object, cores?: {gateway: string, others: string}, say(text: string): void}} options */
  constructor({ plan, cores, say }) {
    Object.assign(this, { plan, cores, say });
    this.targets = {};
    this.runs = [];
    this.notices = [];
    this.workDir = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
    // Root's Postgres runs as somebody else, who has to pass through.
    chmodSync(this.workDir, 0o711);
    atEnd(() => rmSync(this.workDir, { recursive: true, force: true }));
  }

  /**
   * Builds what has to be built and starts what every bench needs.
   * @param {{plan: object, pin?: boolean, say(text: string): void}} options
   */
  static async prepare({ plan, pin = true, say }) {
    await ensureBuilt(ROOT, { log: say });
    const cores = pin ? planCores() : undefined;
    if (cores !== undefined) pinOurselves(cores.others);
    const run = new BenchRun({ plan, cores, say });
    say('Starting Postgres and the upstream ...');
    run.upstream = await Upstream.start(run);
    run.database = await Database.start(run);
    run.targets.direct = { name: 'direct', port: run.upstream.port, path: '/direct/v1/chat/completions', headers: {} };
    return run;
  }

  /** Starts Gatehouse on the database of the bench and opens its accounts. */
  async addGatehouse(options = {}) {
    const { workDir, upstream, database } = this;
    this.targets.gatehouse = await startGatehouse({
      workDir,
      cores: this.cores?.gateway,
      upstream,
      database,
      ...options,
    });
    this.keys ??= await database.openAccounts({ name: 'account', count: ACCOUNTS });
    return this.targets.gatehouse;
  }

  async addPassthrough() {
    const { workDir, upstream } = this;
    this.targets.passthrough = await startPassthrough({ workDir, cores: this.cores?.gateway, upstream });
  }

  async addPortkey() {
    const { workDir, upstream, say } = this;
    const notice = (text) => this.notice(text);
    const portkey = await startPortkey({ workDir, cores: this.cores?.gateway, upstream, say, notice });
    if (portkey !== undefined) this.targets.portkey = portkey;
  }

  /** Something to be told with the results. */
  notice(text) {
    this.notices.push(text);
    this.say(text);
  }

  /** Notes what each gateway takes in memory before it has done anything. */
  measureIdle() {
    for (const target of Object.values(this.targets)) if (target.child) target.idleMb = rssMb(target.child.pid);
  }

  /** Gateways share a core, so all but the one under load stand still. */
  pauseAll() {
    for (const { child } of Object.values(this.targets)) child?.pause();
  }

  /** One run of load on one gateway, kept under `label` for the report. */
  async load(name, label, options) {
    const target = this.targets[name];
    target.child?.resume();
    const result = await measure(target, { keys: this.keys, gatewayCore: this.cores?.gateway, ...options });
    target.child?.pause();
    const run = { label, gateway: name, ...result };
    this.runs.push(run);
    this.say(`  ${label.padEnd(28)} ${name.padEnd(12)} ${describe(result)}`);
    return run;
  }

  /**
   * Runs the same load on several gateways in turn, in alternating order, for as many rounds as the plan has.
   * @param {[gateway: string, label: string, options: object][]} entries
   * @returns {Promise<object[][]>} the results of each entry, by round
   */
  async alternate(entries, { rounds = this.plan.rounds } = {}) {
    const results = entries.map(() => []);
    for (let round = 0; round < rounds; round += 1) {
      const order = [...entries.keys()];
      if (round % 2 === 1) order.reverse();
      for (const index of order) results[index].push(await this.load(...entries[index]));
    }
    return results;
  }

  /** Lets Gatehouse analyse what it has settled, so that latencies are not those of an analysis that is behind. */
  async settleDown(withinMs = this.plan.drainWithinMs) {
    if (withinMs === 0) return;
    const { child } = this.targets.gatehouse;
    child.resume();
    const left = await this.database.outboxDrained(withinMs);
    child.pause();
    if (left > 0) this.say(`  ${left} calls are not analysed yet; going on.`);
  }
}

function describe({ answered, perSecond, p50Ms, p99Ms, cpuUsPerRequest, gatewayCpuShare, foreignShare, errors }) {
  const parts = [`${perSecond.toFixed(0)}/s`];
  if (answered > 0) parts.push(`p50 ${p50Ms.toFixed(2)} ms`, `p99 ${p99Ms.toFixed(2)} ms`);
  if (gatewayCpuShare > 0 && answered > 0) {
    parts.push(`${cpuUsPerRequest.toFixed(0)} µs each`, `core ${(100 * gatewayCpuShare).toFixed(0)} %`);
  }
  if (foreignShare > 0.05) parts.push(`others took ${(100 * foreignShare).toFixed(0)} % of the core`);
  if (Object.keys(errors).length > 0) parts.push(`ERRORS ${JSON.stringify(errors)}`);
  return parts.join(', ');
}
