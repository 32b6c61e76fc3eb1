import { createHash } from 'node:crypto';
import { LinearModel } from './linear-model.js';
import { decodeModels } from './model-file.js';
import type { ModelContents, ModelName } from './model-file.js';
import { MODEL_DATA } from './weights.generated.js';

export interface LoadedModels extends Omit<ModelContents, 'models'>, Readonly<Record<ModelName, LinearModel>> {}

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
    harm: new LinearModel(models.harm),
    attack: new LinearModel(models.attack),
    misuse: new LinearModel(models.misuse),
    category: new LinearModel(models.category),
    intent: new LinearModel(models.intent),
  };
}
