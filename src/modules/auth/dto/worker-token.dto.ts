export class WorkerTokenDto {
  /** JWT for `Authorization: Bearer`. */
  token: string;
}
