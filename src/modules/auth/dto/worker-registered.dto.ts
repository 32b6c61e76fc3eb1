import { WorkerTokenDto } from './worker-token.dto.js';

export class WorkerRegisteredDto extends WorkerTokenDto {
  message: string;
}
