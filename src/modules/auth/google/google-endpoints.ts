import { Injectable } from '@nestjs/common';
import { request } from 'undici';
import { unavailable } from '../../../common/errors/errors.js';
import { Config } from '../../../config/config.js';

const TIMEOUT_MS = 5_000;
const LARGEST_ANSWER_BYTES = 64 * 1024;

/** The claims in an answer of Google's, not looked at yet. */
export type Claims = Record<string, unknown>;

/** Google's two endpoints that judge an access token. Both give null when Google does not accept it. */
@Injectable()
export class GoogleEndpoints {
  constructor(private readonly config: Config) {}

  /** What the token is good for. Throws 503 when Google cannot be asked. */
  async tokenInfo(accessToken: string): Promise<Claims | null> {
    const url = new URL(this.config.google.tokeninfoUrl);
    url.searchParams.set('access_token', accessToken);
    return this.ask(url, {});
  }

  /** Whose token it is: `sub`, `name`, `picture`. Throws 503 when Google cannot be asked. */
  async userInfo(accessToken: string): Promise<Claims | null> {
    return this.ask(new URL(this.config.google.userinfoUrl), { authorization: `Bearer ${accessToken}` });
  }

  private async ask(url: URL, headers: Record<string, string>): Promise<Claims | null> {
    const answer = await this.read(url, headers);
    if (answer.status >= 500) {
      throw googleUnreachable(new Error(`Google answered ${answer.status}`));
    }
    return answer.status === 200 ? claimsOf(answer.text) : null;
  }

  /** Redirects are not followed: a token is for the configured address only. */
  private async read(url: URL, headers: Record<string, string>): Promise<{ status: number; text: string }> {
    try {
      const { statusCode, body } = await request(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
      const chunks: Buffer[] = [];
      let bytes = 0;
      for await (const chunk of body as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > LARGEST_ANSWER_BYTES) {
          body.destroy();
          return { status: statusCode, text: '' };
        }
        chunks.push(chunk);
      }
      return { status: statusCode, text: Buffer.concat(chunks).toString('utf8') };
    } catch (error) {
      throw googleUnreachable(error);
    }
  }
}

export function googleUnreachable(cause: unknown): Error {
  return unavailable('Google cannot be reached right now. Please try again.', { code: 'google_unavailable', cause });
}

function claimsOf(text: string): Claims | null {
  try {
    const claims: unknown = JSON.parse(text);
    return typeof claims === 'object' && claims !== null ? (claims as Claims) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
