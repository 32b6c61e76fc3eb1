import { Client } from 'pg';
import { createDatabase, dropDatabase } from '../support/databases.js';
import { Books, ended, Replica, request } from '../support/usage-books.js';
import { ADMIT, admitParameters } from '../../src/modules/usage/admission/admit.statement.js';
import { SETTLE, settleParameters } from '../../src/modules/usage/settlement/settle.statement.js';

jest.setTimeout(60_000);

/** A node of a plan, as `EXPLAIN (FORMAT JSON)` tells it. */
interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  Operation?: string;
  'Actual Loops'?: number;
  Plans?: PlanNode[];
}

let databaseUrl: string;
let books: Books;
let replica: Replica;
let client: Client;
const plans: PlanNode[] = [];

/** A connection that tells the plan of every statement it runs, those inside of functions and triggers too. */
beforeAll(async () => {
  databaseUrl = await createDatabase();
  books = await Books.open(databaseUrl);
  replica = new Replica(databaseUrl);
  client = new Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(`
    LOAD 'auto_explain';
    SET auto_explain.log_min_duration = 0;
    SET auto_explain.log_nested_statements = on;
    SET auto_explain.log_triggers = on;
    SET auto_explain.log_analyze = on;
    SET auto_explain.log_timing = off;
    SET auto_explain.log_format = json;
    SET auto_explain.log_level = 'notice';
    SET client_min_messages = 'notice'`);
  client.on('notice', ({ message }) => {
    const json = message?.slice(message.indexOf('{'));
    if (json?.includes('"Plan"')) plans.push((JSON.parse(json) as { Plan: PlanNode }).Plan);
  });
});

afterAll(async () => {
  await client.end();
  await replica.close();
  await books.close();
  await dropDatabase(databaseUrl);
});

function nodesOf(plan: PlanNode): PlanNode[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

/** What the statements of `run` did with the tables whose names begin like this: `Index Scan holds`. */
async function accesses(run: () => Promise<unknown>, table: RegExp): Promise<string[]> {
  plans.length = 0;
  await run();
  expect(plans.length).toBeGreaterThan(0);
  return plans
    .flatMap(nodesOf)
    .filter((node) => table.test(node['Relation Name'] ?? ''))
    .map((node) => `${node.Operation ?? node['Node Type']} ${node['Relation Name']}`);
}

const LEDGER = /^(ledger|usage_|request_contents)/;

it('admission, renewal and voiding never look at the ledger or the rollups', async () => {
  const user = await books.account({ day: 1_000_000, lifetime: 1_000_000, costDay: 1_000_000_000 });
  for (let call = 0; call < 3; call += 1) {
    const wish = request(user);
    const admission = await accesses(() => client.query(ADMIT.text, admitParameters([wish], 10, 30)), /./);
    expect(admission.filter((access) => / (ledger|usage_|request_contents)/.test(access))).toEqual([]);
    expect(admission).toContain('Insert holds');
    const renew = () => client.query('SELECT gatehouse_renew($1, $2, $3, 30)', [[user], [wish.requestId], [5]]);
    expect(await accesses(renew, LEDGER)).toEqual([]);
    const abandon = () => client.query('SELECT gatehouse_void($1, $2)', [[user], [wish.requestId]]);
    expect(await accesses(abandon, LEDGER)).toEqual([]);
  }
});

it('settlement enters rows and reads none', async () => {
  const user = await books.account({ day: 1_000_000 });
  for (let call = 0; call < 3; call += 1) {
    const hold = await replica.admission.admit(request(user));
    const settle = () => client.query(SETTLE.text, settleParameters([{ hold, settlement: ended(hold, 10, 20) }]));
    const touched = await accesses(settle, LEDGER);
    expect(new Set(touched)).toEqual(new Set(['Insert ledger', 'Insert ledger_unsealed', 'Insert usage_rollups']));
  }
});

it('a late settlement finds its row by the primary key, in one partition', async () => {
  const user = await books.account();
  const hold = await replica.admission.admit(request(user));
  await books.expireHolds(user);
  await replica.sweeper.sweep();
  plans.length = 0;
  await client.query(SETTLE.text, settleParameters([{ hold, settlement: ended(hold, 10, 20) }]));
  const reads = plans
    .flatMap(nodesOf)
    .filter((node) => /^ledger_(\d|default)/.test(node['Relation Name'] ?? '') && node.Operation === undefined)
    .filter((node) => node['Actual Loops'] !== 0);
  expect(reads.length).toBeGreaterThan(0);
  for (const node of reads) expect(node['Node Type']).toMatch(/^Index (Only )?Scan$|^Bitmap/);
  expect(new Set(reads.map((node) => node['Relation Name'])).size).toBe(1);
});
