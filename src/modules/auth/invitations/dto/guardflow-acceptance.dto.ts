export class GuardflowAcceptanceDto {
  message: string;
  /** UUID. */
  user_id: string;
  email: string;
  name: string | null;
  company: string;
}
