/** How to reach the mail server, as `SMTP_URL` says. */
export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte (`smtps://`). */
  readonly secure: boolean;
  /** STARTTLS or nothing. */
  readonly requireTls: boolean;
  /** No STARTTLS even where it is offered. */
  readonly ignoreTls: boolean;
  /** False accepts any certificate. */
  readonly verifyCertificate: boolean;
  readonly auth: { readonly user: string; readonly pass: string } | undefined;
}

const DEFAULT_PORT = { 'smtp:': 587, 'smtps:': 465 };
const OPTIONS = ['requireTLS', 'ignoreTLS', 'tls.rejectUnauthorized'];
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|::1)$/;

/**
 * Reads `smtp[s]://[user:password@]host[:port][?requireTLS=…&ignoreTLS=…&tls.rejectUnauthorized=…]`. A password is sent
 * over TLS only, unless the server is this machine or the URL says otherwise. Null for anything else.
 */
export function parseSmtpUrl(text: string): SmtpSettings | null {
  if (!URL.canParse(text)) return null;
  const { protocol, hostname, port, username, password, pathname, searchParams, hash } = new URL(text);
  if (protocol !== 'smtp:' && protocol !== 'smtps:') return null;
  if (hostname === '' || !['', '/'].includes(pathname) || hash !== '' || port === '0') return null;
  if ((username === '') !== (password === '')) return null;
  const options = [...searchParams];
  if (!options.every(([name, value]) => OPTIONS.includes(name) && /^(?:true|false)$/.test(value))) return null;
  const user = decoded(username);
  const pass = decoded(password);
  if (user === null || pass === null) return null;

  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const secure = protocol === 'smtps:';
  const ignoreTls = searchParams.get('ignoreTLS') === 'true';
  const protectsPassword = user !== '' && !secure && !ignoreTls && !LOOPBACK.test(host);
  return {
    host,
    port: port === '' ? DEFAULT_PORT[protocol] : Number(port),
    secure,
    requireTls: (searchParams.get('requireTLS') ?? String(protectsPassword)) === 'true',
    ignoreTls,
    verifyCertificate: searchParams.get('tls.rejectUnauthorized') !== 'false',
    auth: user === '' ? undefined : { user, pass },
  };
}

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}
