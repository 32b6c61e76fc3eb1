import { ValidateBy } from 'class-validator';
import { parseSmtpUrl } from './smtp-settings.js';

/** The URL of a mail server. The message never repeats it: there may be a password in it. */
export const IsSmtpUrl = () =>
  ValidateBy({
    name: 'isSmtpUrl',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && parseSmtpUrl(value) !== null,
      defaultMessage: (argument) =>
        `${argument?.property} must be smtp[s]://[user:password@]host[:port], percent-encoded, ` +
        'with no options but requireTLS, ignoreTLS and tls.rejectUnauthorized (true or false)',
    },
  });
