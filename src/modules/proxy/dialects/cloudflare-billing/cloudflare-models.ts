/** One of the models that the billing API lists. */
interface CloudflareModel {
  readonly id: string;
  readonly name: string;
  readonly provider: string;
  readonly task: 'text-generation';
  readonly description: string;
  readonly capabilities: readonly string[];
  readonly status: 'active';
}

/** The models of the billing API, its default first. */
export const CLOUDFLARE_MODELS: readonly CloudflareModel[] = [
  model('@cf/meta/llama-3.1-8b-instruct', 'Llama 3.1 8B', 'Meta', 'The default: a small multilingual chat model.'),
  model('@cf/meta/llama-3-8b-instruct', 'Llama 3 8B', 'Meta', 'A small chat model of the generation before.'),
  model('@cf/mistral/mistral-7b-instruct-v0.1', 'Mistral 7B v0.1', 'Mistral AI', 'A small instruction model.'),
  model('@cf/mistral/mistral-7b-instruct-v0.2', 'Mistral 7B v0.2', 'Mistral AI', 'Its successor.'),
  model('@cf/qwen/qwen1.5-7b-chat-awq', 'Qwen 1.5 7B', 'Qwen', 'A small, quantised chat model.'),
];

function model(id: string, name: string, provider: string, description: string): CloudflareModel {
  return {
    id,
    name,
    provider,
    task: 'text-generation',
    description,
    capabilities: ['chat', 'streaming'],
    status: 'active',
  };
}
