import { existsSync, readFileSync } from 'node:fs';
import { ConfigurationError } from '../configuration-error.js';
import type { Environment } from '../environment.js';
import { environmentProviders } from './environment-providers.js';
import type { GatewaySettings } from './gateway-settings.js';
import { parseGatewayFile } from './parse-gateway-file.js';
import type { ReferenceLookup } from './setting.js';

const USUAL_FILE = 'gatehouse.yaml';

/** Where providers and models are configured: the environment, and a file beside it if there is one. */
export class GatewaySource {
  /** Undefined: the environment only. */
  readonly file: string | undefined;

  constructor(
    private readonly env: Environment,
    private readonly lookUp: ReferenceLookup = () => undefined,
  ) {
    this.file = env.GATEHOUSE_CONFIG ?? usualFile(env);
  }

  /**
   * Reads the settings as they are now.
   * @throws ConfigurationError in one line, when there is a file and it cannot be used
   */
  read(): GatewaySettings {
    const providers = environmentProviders(this.env);
    if (this.file === undefined) return { providers, models: [], offersOtherModels: true, priceVersion: 'none' };
    const yaml = readText(this.file);
    try {
      return parseGatewayFile(yaml, providers, this.lookUp);
    } catch (error) {
      if (error instanceof ConfigurationError) throw new ConfigurationError(`${this.file}: ${error.message}`);
      throw error;
    }
  }
}

/** Tests say what they want; a developer's own file must not change their outcome. */
function usualFile(env: Environment): string | undefined {
  return env.NODE_ENV !== 'test' && existsSync(USUAL_FILE) ? USUAL_FILE : undefined;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigurationError(`GATEHOUSE_CONFIG: ${file} cannot be read (${code ?? 'unknown'})`);
  }
}
