export class KeyUsageEntry {
  id: string;
  endpoint: string;
  tokens_used: number;
  prompt_tokens: number;
  completion_tokens: number;
  created_at: Date;
}
