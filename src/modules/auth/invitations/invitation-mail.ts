import type { Mail } from '../mail/mailer.service.js';

/** The mail that carries an invitation. It holds nothing that a stranger could have written but the address. */
export function invitationMail(to: string, link: string, expiresAt: Date): Mail {
  return {
    to,
    subject: 'Your invitation to Gatehouse',
    text: [
      'You are invited to open an account at a Gatehouse, which gives access to language models.',
      '',
      `This link is for you alone. It works once, until ${expiresAt.toISOString()}:`,
      '',
      link,
      '',
      'Opened in a browser it shows the invitation. To accept it, send a password of your own to it:',
      '',
      `curl -X POST ${link} -H "Content-Type: application/json" -d '{"password": "8 to 128 characters"}'`,
      '',
      'The answer holds your API key. If you did not expect this mail, ignore it.',
      '',
    ].join('\n'),
  };
}
