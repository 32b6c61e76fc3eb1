/** Tells on standard error what is going on, with the seconds since `startedAt`. */
export function speaker(startedAt = Date.now()) {
  return (text) => process.stderr.write(`${((Date.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${text}\n`);
}
