import { ModelObject } from './model-object.dto.js';

/** Models in OpenAI's shape. */
export class ModelList {
  object: 'list';
  data: ModelObject[];
}
