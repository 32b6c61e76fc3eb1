/** A step between levels, or what a person did. */
export class CaseEvent {
  kind: string;
  happened_at: Date;
  request_id: string | null;
  case_id: string | null;
  /** Null: the gateway itself. */
  actor_id: number | null;
  enforced: boolean;
  details: Record<string, unknown>;
}
