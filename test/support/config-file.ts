import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A `gatehouse.yaml` in a directory of its own. */
export class ConfigFile {
  private constructor(
    private readonly directory: string,
    readonly path: string,
  ) {}

  static async create(yaml: string): Promise<ConfigFile> {
    const directory = await mkdtemp(join(tmpdir(), 'gatehouse-config-'));
    const file = new ConfigFile(directory, join(directory, 'gatehouse.yaml'));
    await file.write(yaml);
    return file;
  }

  async write(yaml: string): Promise<void> {
    await writeFile(this.path, yaml);
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true });
  }
}
