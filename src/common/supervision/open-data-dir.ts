import { DataDirLock } from './data-dir-lock.js';
import { resolveDataDir } from './data-dir.js';
import type { DataDir, DataDirRequest } from './data-dir.js';

/** A data directory that is ours alone until `release()`. */
export interface OpenDataDir extends DataDir {
  release(): Promise<void>;
}

/**
 * Finds the data directory and locks it. Starts nothing, so it also serves a process that only keeps files in it.
 * @throws EmbeddedServerError when there is no usable directory, or another process holds it
 */
export async function openDataDir(request: DataDirRequest): Promise<OpenDataDir> {
  const dataDir = await resolveDataDir(request);
  const lock = await DataDirLock.acquire(dataDir.path);
  return { ...dataDir, release: () => lock.release() };
}
