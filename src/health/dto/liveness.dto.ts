/** What the process knows of itself and of what it depends on. */
export class Liveness {
  status: string;
  service: string;
  /** Whether Postgres answered when it was last asked. */
  database: boolean;
  /** Whether Redis is there. It is not needed to serve. */
  cache: boolean;
}
