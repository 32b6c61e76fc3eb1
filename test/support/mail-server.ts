import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface ReceivedMail {
  from: string;
  to: string[];
  /** Whether it came over TLS. */
  secure: boolean;
  /** Who logged in to send it; undefined for nobody. */
  user: string | undefined;
  /** Headers as they came. */
  headers: string;
  /** The text, decoded. */
  text: string;
}

export interface MailServerOptions {
  /** The one login that is let in; without it nobody has to log in. */
  login?: { user: string; pass: string };
  /** TLS from the first byte. Otherwise STARTTLS is offered. The certificate is self-signed. */
  secure?: boolean;
  /** No STARTTLS. */
  plainOnly?: boolean;
}

/** What the server says to somebody who logs in, or at MAIL FROM, RCPT TO or the end of a mail. */
export interface MailRefusal {
  at: 'sender' | 'recipient' | 'data';
  replyCode: number;
  text: string;
}

/** A real mail server on loopback that keeps what it gets. */
export class MailServer {
  readonly mails: ReceivedMail[] = [];
  refusal: MailRefusal | undefined;
  /** Takes everything in and never answers a mail. */
  hanging = false;

  private constructor(private readonly server: SMTPServer) {}

  static async start({ login, secure = false, plainOnly = false }: MailServerOptions = {}): Promise<MailServer> {
    const options: SMTPServerOptions = {
      secure,
      hideSTARTTLS: plainOnly,
      authOptional: login === undefined,
      allowInsecureAuth: true,
      disableReverseLookup: true,
      logger: false,
      closeTimeout: 1_000,
      onAuth: (auth, _session, done) => {
        const right = auth.username === login?.user && auth.password === login?.pass;
        if (right) done(null, { user: auth.username });
        else done(refusalError(535, `no such login: ${auth.username} ${auth.password}`));
      },
      onMailFrom: (_address, _session, done) => done(mail.refusedAt('sender')),
      onRcptTo: (_address, _session, done) => done(mail.refusedAt('recipient')),
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const refused = mail.refusedAt('data');
          if (mail.hanging) return;
          if (refused === null) {
            mail.mails.push({
              from: session.envelope.mailFrom === false ? '' : session.envelope.mailFrom.address,
              to: session.envelope.rcptTo.map(({ address }) => address),
              secure: session.secure,
              user: session.user as string | undefined,
              ...decode(Buffer.concat(chunks).toString('utf8')),
            });
          }
          done(refused);
        });
      },
    };
    const server = new SMTPServer(options);
    const mail = new MailServer(server);
    // Clients that are told to refuse a certificate hang up in the handshake.
    server.on('error', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return mail;
  }

  get port(): number {
    return (this.server.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private refusedAt(step: MailRefusal['at']): Error | null {
    return this.refusal?.at === step ? refusalError(this.refusal.replyCode, this.refusal.text) : null;
  }
}

function refusalError(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode });
}

/** Splits a mail of one part and undoes its quoted-printable encoding. */
function decode(raw: string): { headers: string; text: string } {
  const end = raw.indexOf('\r\n\r\n');
  const headers = raw.slice(0, end);
  const body = raw.slice(end + 4).replaceAll('\r\n', '\n');
  if (!/^content-transfer-encoding: quoted-printable$/im.test(headers)) return { headers, text: body };
  const bytes = body
    .replaceAll('=\n', '')
    .replace(/=([0-9A-F]{2})/g, (_code, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return { headers, text: Buffer.from(bytes, 'latin1').toString('utf8') };
}
