export class BlockedByAlertDto {
  message: string;
  block_reason: string;
  alert_resolved: boolean;
}
