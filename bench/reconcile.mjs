/**
 * Compares what Gatehouse billed with what the upstream answered it: calls, prompt tokens, completion tokens. They are the same,
 * or the run is worth nothing.
 */
export async function reconcile({ upstream, database, targets }) {
  targets.gatehouse.child.resume();
  const truth = await upstream.booksOf('gatehouse');
  const ledger = await database.ledgerTotals();
  const names = ['completed', 'promptTokens', 'completionTokens'];
  const same = names.every((name) => truth?.[name] === ledger[name]) && ledger.holds === 0;
  return { same, truth, ledger, unanalysed: await database.count('outbox') };
}

export function describeReconciliation({ same, truth, ledger, unanalysed }) {
  const sums = ({ completed, promptTokens, completionTokens }) =>
    [completed, promptTokens, completionTokens].map((value) => value.toLocaleString('en-US')).join(' / ');
  return [
    `Books (calls / prompt tokens / completion tokens): ledger ${sums(ledger)}, upstream ${sums(truth)}: ${same ? 'the same' : 'THEY DIFFER'}`,
    `Left behind: ${ledger.holds} holds; ${ledger.calls - ledger.completed} calls without a whole answer; ${unanalysed} calls not analysed yet`,
  ].join('\n');
}
