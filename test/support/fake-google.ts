import { generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const GOOGLE_CLIENT = 'gatehouse-tests.apps.googleusercontent.com';

export interface GooglePerson {
  sub: string;
  email: string;
  name?: string;
  picture?: string;
}

type Claims = Record<string, unknown>;

interface IssuedToken {
  tokenInfo: Claims;
  profile: Claims;
}

const HOUR_SECONDS = 3_600;
const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/** Google's token endpoints on a loopback port: tokeninfo, userinfo and the keys of ID tokens. */
export class FakeGoogle {
  /** Requests of each path so far. */
  readonly requests = { tokeninfo: 0, userinfo: 0, certs: 0 };
  /** While true, every request is answered with 500 and a text that must not be passed on. */
  broken = false;
  private readonly tokens = new Map<string, IssuedToken>();
  private readonly keyId = randomUUID();
  private readonly key = generateKeyPairSync('rsa', { modulusLength: 2048 });

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => this.answer(request, response));
  }

  static async start(): Promise<FakeGoogle> {
    const server = createServer();
    const google = new FakeGoogle(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return google;
  }

  /** What a server needs to ask this Google. */
  get env(): Record<string, string> {
    const url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return {
      GOOGLE_CLIENT_ID: GOOGLE_CLIENT,
      GOOGLE_TOKENINFO_URL: `${url}/tokeninfo`,
      GOOGLE_USERINFO_URL: `${url}/userinfo`,
      GOOGLE_JWKS_URL: `${url}/certs`,
    };
  }

  /** A new access token. `change` replaces claims of its tokeninfo, `profile` those of its userinfo; undefined removes. */
  accessToken(person: GooglePerson, change: Claims = {}, profile: Claims = {}): string {
    const token = `ya29.${randomUUID()}`;
    this.tokens.set(token, {
      tokenInfo: {
        azp: GOOGLE_CLIENT,
        aud: GOOGLE_CLIENT,
        sub: person.sub,
        scope: 'openid https://www.googleapis.com/auth/userinfo.email',
        exp: String(nowSeconds() + HOUR_SECONDS),
        expires_in: String(HOUR_SECONDS),
        email: person.email,
        email_verified: 'true',
        access_type: 'online',
        ...change,
      },
      profile: {
        sub: person.sub,
        name: person.name,
        picture: person.picture,
        email: person.email,
        email_verified: true,
        ...profile,
      },
    });
    return token;
  }

  /** Takes a token back: from now on Google does not know it. */
  withdraw(accessToken: string): void {
    this.tokens.delete(accessToken);
  }

  /** A new ID token. `change` replaces claims, `signing` how it is signed. */
  idToken(
    person: GooglePerson,
    change: Claims = {},
    { key = this.key.privateKey, header = {} }: { key?: KeyObject; header?: Claims } = {},
  ): string {
    const claims = {
      iss: 'https://accounts.google.com',
      azp: GOOGLE_CLIENT,
      aud: GOOGLE_CLIENT,
      ...person,
      email_verified: true,
      iat: nowSeconds(),
      exp: nowSeconds() + HOUR_SECONDS,
      ...change,
    };
    const signed = [{ alg: 'RS256', kid: this.keyId, typ: 'JWT', ...header }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://google');
    if (this.broken) return send(response, 500, { error: 'internals of Google' });
    switch (url.pathname) {
      case '/tokeninfo': {
        this.requests.tokeninfo += 1;
        const token = this.tokens.get(url.searchParams.get('access_token') ?? '');
        return send(response, token === undefined ? 400 : 200, token?.tokenInfo ?? { error: 'invalid_token' });
      }
      case '/userinfo': {
        this.requests.userinfo += 1;
        const token = this.tokens.get(request.headers.authorization?.replace(/^Bearer /, '') ?? '');
        return send(response, token === undefined ? 401 : 200, token?.profile ?? { error: 'invalid_request' });
      }
      case '/certs': {
        this.requests.certs += 1;
        const jwk = this.key.publicKey.export({ format: 'jwk' });
        return send(response, 200, { keys: [{ ...jwk, kid: this.keyId, alg: 'RS256', use: 'sig' }] });
      }
      default:
        return send(response, 404, { error: 'not_found' });
    }
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
