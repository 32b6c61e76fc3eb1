/** A model in OpenAI's shape. */
export class ModelObject {
  id: string;
  object: 'model';
  /** Always 0: the date is not known. */
  created: number;
  owned_by: string;
}
