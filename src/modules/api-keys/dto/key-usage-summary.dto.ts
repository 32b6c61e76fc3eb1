export class KeyUsageSummary {
  total_requests: number;
  total_tokens: number;
  total_prompt_tokens: number;
  total_completion_tokens: number;
  period_start: Date;
  period_end: Date;
}
