import type { IssuedApiKey } from '../api-key-record.js';
import { ApiKeyResponseDto } from './api-key-response.dto.js';
import type { ApiKeyContext } from './api-key-response.dto.js';

/** The one answer that holds the key itself. */
export class IssuedApiKeyResponseDto extends ApiKeyResponseDto {
  /** Shown now and never again. */
  key: string;

  static ofIssued(issued: IssuedApiKey, context: ApiKeyContext): IssuedApiKeyResponseDto {
    return { ...ApiKeyResponseDto.of(issued.record, context), key: issued.key };
  }
}
