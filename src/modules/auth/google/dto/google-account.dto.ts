import { SessionTokensDto } from '../../dto/session-tokens.dto.js';

export class GoogleAccountDto extends SessionTokensDto {
  /** Integer id. */
  id: number;
  email: string;
  name: string | null;
  /** URL. */
  picture: string | null;
  /** Tokens that the account may ever use; null without such a limit. */
  total_tokens: number | null;
  tokens_used: number;
  tokens_left: number | null;
}
