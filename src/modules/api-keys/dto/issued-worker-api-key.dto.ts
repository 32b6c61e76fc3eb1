export class IssuedWorkerApiKeyDto {
  /** Shown now and never again. */
  key: string;
  message: string;
}
