export class UsageLogEntry {
  id: string;
  timestamp: Date;
  model_name: string;
  task_type: string;
  input_tokens: number;
  output_tokens: number;
  total_tokens: number;
  response_time_ms: number;
  /** Always false: what was sent is not kept in the ledger. */
  has_image: boolean;
  /** Always false. */
  has_audio: boolean;
}
