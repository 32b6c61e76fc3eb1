import { Injectable, Logger } from '@nestjs/common';
import { createTransport } from 'nodemailer';
import { unavailable, unprocessable } from '../../../common/errors/errors.js';
import { Config } from '../../../config/config.js';
import type { SmtpSettings } from '../../../config/mail/smtp-settings.js';
import { describeMailFailure } from './mail-failure.js';

const STEP_TIMEOUT_MS = 5_000;
/** For all steps together: a server that answers one byte at a time is as good as none. */
const TOTAL_TIMEOUT_MS = 15_000;
const RETRY_AFTER_SECONDS = 30;

export interface Mail {
  /** One bare address. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Mail through the server of `SMTP_URL`, where there is one. */
@Injectable()
export class Mailer {
  private readonly logger = new Logger(Mailer.name);

  constructor(private readonly config: Config) {}

  get isConfigured(): boolean {
    return this.config.mail !== undefined;
  }

  /**
   * Resolves when the server has taken the mail. Throws 422 `mail_address_refused` when it never will for this address,
   * else 503 `mail_unavailable`. What the server said goes nowhere: only codes are logged.
   */
  async send({ to, subject, text }: Mail): Promise<void> {
    const { mail } = this.config;
    if (mail === undefined) throw undelivered();
    const transport = createTransport({
      ...connectionOptions(mail.smtp),
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    try {
      const signal = AbortSignal.timeout(TOTAL_TIMEOUT_MS);
      await transport.sendMail({ from: mail.from, to: { name: '', address: to }, subject, text, signal });
    } catch (error) {
      const { addressRefused, ...failure } = describeMailFailure(error);
      this.logger.warn({ ...failure, addressRefused }, 'a mail could not be sent');
      throw addressRefused ? refusedAddress() : undelivered();
    } finally {
      transport.close();
    }
  }
}

function connectionOptions(smtp: SmtpSettings) {
  return {
    host: smtp.host,
    port: smtp.port,
    secure: smtp.secure,
    requireTLS: smtp.requireTls,
    ignoreTLS: smtp.ignoreTls,
    tls: { rejectUnauthorized: smtp.verifyCertificate },
    auth: smtp.auth,
    connectionTimeout: STEP_TIMEOUT_MS,
    greetingTimeout: STEP_TIMEOUT_MS,
    socketTimeout: STEP_TIMEOUT_MS,
    dnsTimeout: STEP_TIMEOUT_MS,
  };
}

function refusedAddress(): Error {
  return unprocessable('The mail server does not take mail for this address', {
    code: 'mail_address_refused',
    param: 'email',
  });
}

function undelivered(): Error {
  return unavailable('The mail could not be sent. Please try again later.', {
    code: 'mail_unavailable',
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}
