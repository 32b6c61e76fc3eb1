const POLL_MS = 500;

/**
 * Calls `onGone` once when the process that started us goes away. Wanted under npm only: a killed npm passes no
 * signal on, and its server would live on unseen. Anywhere else losing the parent is normal (nohup, a daemon).
 *
 * @param startedByNpm whether npm started this process; when false nothing is watched
 * @returns ends the watch
 */
export function watchParent(startedByNpm: boolean, onGone: () => void): () => void {
  if (!startedByNpm) return () => undefined;
  const parentPid = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parentPid) return;
    clearInterval(timer);
    onGone();
  }, POLL_MS);
  timer.unref();
  return () => clearInterval(timer);
}
