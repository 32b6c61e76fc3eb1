/** Where to find what. */
export class ServiceDescription {
  status: string;
  message: string;
  /** Of the HTTP contract. */
  version: string;
  docs: string;
  health: string;
}
