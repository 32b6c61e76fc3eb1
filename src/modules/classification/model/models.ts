import { createHash } from 'node:crypto';
import { LinearModel } from './linear-model.js';
import { decodeModels } from './model-file.js';
import type { ModelContents } from './model-file.js';
import { MisuseHeads } from './misuse-heads.js';
import { MODEL_DATA } from './weights.generated.js';

export interface LoadedModels extends Omit<ModelContents, 'models'> {
  readonly heads: MisuseHeads;
  readonly category: LinearModel;
  readonly intent: LinearModel;
}

let loaded: LoadedModels | undefined;

/** Names the trained weights: other weights, another name. */
export function modelVersion(): string {
  return createHash('sha256').update(MODEL_DATA).digest('hex').slice(0, 12);
}

/** The trained models, unpacked at the first call (some 30 ms). */
export function trainedModels(): LoadedModels {
  loaded ??= toLoaded(decodeModels(MODEL_DATA));
  return loaded;
}

export function toLoaded({ models, ...rest }: ModelContents): LoadedModels {
  return {
    ...rest,
    heads: new MisuseHeads(models),
    category: new LinearModel(models.category),
    intent: new LinearModel(models.intent),
  };
}
