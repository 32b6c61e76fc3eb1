/** One of the models that the billing API lists. */
export class CloudflareModel {
  id: string;
  name: string;
  provider: string;
  task: 'text-generation';
  description: string;
  capabilities: string[];
  status: 'active';
}
