export class ResolvedAlertDto {
  id: number;
  status: string;
  resolved_by: number | null;
  resolved_at: Date | null;
  resolution_notes: string | null;
}
