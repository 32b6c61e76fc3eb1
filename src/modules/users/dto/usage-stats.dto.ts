import { UsagePart } from './usage-part.dto.js';

export class UsageStats {
  total_requests: number;
  total_tokens: number;
  total_input_tokens: number;
  total_output_tokens: number;
  by_model: Record<string, UsagePart>;
  by_task: Record<string, UsagePart>;
}
