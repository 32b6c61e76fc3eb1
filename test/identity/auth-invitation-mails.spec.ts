import type { ApiAnswer, ApiClient } from '../support/api-client.js';
import { FakeGoogle } from '../support/fake-google.js';
import { ADMIN, Gateway } from '../support/gateway.js';
import { MailServer, type MailServerOptions, type ReceivedMail } from '../support/mail-server.js';

jest.setTimeout(90_000);

const ADMIN_ROUTE = '/api/v1/admin/invitations';
const PASSWORD = 'the password of a guest';
const PUBLIC_URL = 'https://llm.example.com/gate';
const MAIL_PASSWORD = 'p@ss:word/of the mail server';
const LOGIN = { user: 'gate@example.com', pass: MAIL_PASSWORD };
const CREDENTIALS = `${encodeURIComponent(LOGIN.user)}:${encodeURIComponent(LOGIN.pass)}@`;

interface Invitation {
  id: string;
  email: string | null;
  status: string;
  by_mail: boolean;
  token?: string;
  accept_path?: string;
  link?: string;
  code?: string;
}

let google: FakeGoogle;
let mail: MailServer;
let gateway: Gateway;
let admin: ApiClient;
let guests = 0;

const mailEnv = (server: MailServer, { scheme = 'smtp', credentials = '', options = '' } = {}) => ({
  SMTP_URL: `${scheme}://${credentials}127.0.0.1:${server.port}${options}`,
  MAIL_FROM: 'Gatehouse <gatehouse@example.com>',
  PUBLIC_URL: `${PUBLIC_URL}/`,
});

beforeAll(async () => {
  google = await FakeGoogle.start();
  mail = await MailServer.start({ plainOnly: true });
  gateway = await Gateway.start({
    env: { REGISTRATION: 'invite', LOG_LEVEL: 'trace', ...google.env, ...mailEnv(mail) },
  });
  admin = await gateway.admin();
});
beforeEach(() => {
  mail.mails.length = 0;
  mail.refusal = undefined;
});
afterAll(async () => {
  await gateway.stop();
  await mail.stop();
  await google.stop();
});

const newGuest = (): string => `guest${(guests += 1)}@example.com`;
const invite = (body: unknown, client = admin): Promise<ApiAnswer<Invitation>> => client.post(ADMIN_ROUTE, body);

/** The one link in a mail. */
function linkIn(received: ReceivedMail | undefined): URL {
  const links = new Set(received?.text.match(/https:\/\/[^\s"]+/g));
  expect(links.size).toBe(1);
  return new URL([...links][0]);
}

/** Invites somebody by mail; resolves with the path of the link in it. */
async function inviteByMail(email: string): Promise<string> {
  const answer = await invite({ email });
  expect([answer.status, answer.body.by_mail, mail.mails.length]).toEqual([200, true, 1]);
  return linkIn(mail.mails.pop()).pathname.replace('/gate', '');
}

async function verifiedAt(email: string): Promise<unknown> {
  const rows = await gateway.books.query<{ email_verified_at: Date | null }>(
    'SELECT email_verified_at FROM users WHERE email_normalized = $1',
    [email.toLowerCase()],
  );
  expect(rows).toHaveLength(1);
  return rows[0]?.email_verified_at;
}

describe('with a mail server', () => {
  it('mails the link to the guest and shows it to nobody else', async () => {
    const email = newGuest();
    const answer = await invite({ email });
    expect(answer).toMatchObject({ status: 200, body: { email, status: 'pending', by_mail: true } });
    for (const secret of ['token', 'accept_path', 'link']) expect(answer.body).not.toHaveProperty(secret);

    expect(mail.mails).toHaveLength(1);
    const [received] = mail.mails;
    expect(received).toMatchObject({ from: 'gatehouse@example.com', to: [email] });
    expect(received?.headers).toContain('Subject: Your invitation to Gatehouse');
    const link = linkIn(received);
    expect(link.href).toMatch(/^https:\/\/llm\.example\.com\/gate\/api\/v1\/invitations\/gi_[\w-]{43}$/);
    const token = link.pathname.split('/').at(-1) ?? '';
    for (const shown of [answer.body, (await admin.get(ADMIN_ROUTE)).body, gateway.output()]) {
      expect(JSON.stringify(shown)).not.toContain(token.slice(3));
    }
    const [row] = await gateway.books.query<{ all: string }>('SELECT json_agg(i)::text AS all FROM invitations i');
    expect(row?.all).not.toContain(token.slice(3));
  });

  it('does not let the Host of a request into the mail', async () => {
    await invite(
      { email: newGuest() },
      admin.with({ host: 'evil.example.com', 'x-forwarded-host': 'evil.example.com' }),
    );
    expect(mail.mails[0]?.text).not.toContain('evil');
    linkIn(mail.mails[0]);
  });

  it('takes the address of whoever accepts for verified, so that Google may log in to the account', async () => {
    const email = newGuest();
    const path = await inviteByMail(email);
    expect((await gateway.client().get(path)).body).toMatchObject({ email });
    const accepted = await gateway.client().post(path, { password: PASSWORD });
    expect(accepted.status).toBe(200);
    expect(await verifiedAt(email)).toBeInstanceOf(Date);
    const person = { sub: '777001', email, name: 'Guest', picture: 'https://google.test/p.png' };
    const login = await gateway.client().post('/api/auth/google', { access_token: google.accessToken(person) });
    expect(login).toMatchObject({ status: 200, body: { email } });
  });

  it('does so at the registration as well, in whatever case the address is typed', async () => {
    const email = newGuest();
    const invitation = (await inviteByMail(email.toUpperCase())).split('/').at(-1);
    const body = { username: `verified${guests}`, email, password: PASSWORD, invitation };
    expect((await gateway.client().post('/api/auth/register', body)).status).toBe(201);
    expect(await verifiedAt(email)).toBeInstanceOf(Date);
  });

  it('is good for the invited address only', async () => {
    const email = newGuest();
    const path = await inviteByMail(email);
    const other = await gateway.client().post(path, { email: newGuest(), password: PASSWORD });
    expect(other.status).toBe(403);
    expect((await gateway.client().post(path, { password: PASSWORD })).status).toBe(200);
  });

  it('answers with the link when there is no address to mail it to, which proves nothing', async () => {
    const { status, body } = await invite({});
    expect([status, body.by_mail, mail.mails]).toEqual([200, false, []]);
    expect(body.link).toBe(`${PUBLIC_URL}${body.accept_path}`);
    const email = newGuest();
    expect((await gateway.client().post(body.accept_path ?? '', { email, password: PASSWORD })).status).toBe(200);
    expect(await verifiedAt(email)).toBeNull();
  });

  it('mails to the address that the account will have, not to one that merely counts as the same', async () => {
    await invite({ email: `ｇuest${(guests += 1)}@example.com` });
    expect(mail.mails.map(({ to }) => to)).toEqual([[`guest${guests}@example.com`]]);
  });

  it.each(['"a,b@evil.test"@example.com', 'a@example.com, b@evil.test', 'a@example.com\r\nBcc: b@evil.test'])(
    'never mails to more than one address: %j',
    async (email) => {
      await invite({ email });
      for (const { to, headers } of mail.mails) {
        expect(to).toHaveLength(1);
        expect(to[0]).toMatch(/@example\.com$/);
        expect(headers).not.toMatch(/^bcc:/im);
      }
    },
  );
});

describe('when the mail cannot be sent', () => {
  const SECRET = 'SECRET-WORDS-OF-THE-MAIL-SERVER';

  /** Nothing may be left that anybody could accept, and nothing of what the mail server said. */
  async function expectNothingDone(email: string, answer: ApiAnswer<Invitation>): Promise<void> {
    const listed = (await admin.get<Invitation[]>(`${ADMIN_ROUTE}?limit=1000`)).body;
    expect(listed.filter((invitation) => invitation.email === email).map(({ status }) => status)).toEqual(['revoked']);
    for (const shown of [JSON.stringify(answer.body), gateway.output()]) {
      for (const secret of [SECRET, MAIL_PASSWORD, encodeURIComponent(MAIL_PASSWORD), 'no such login']) {
        expect(shown).not.toContain(secret);
      }
      expect(shown).not.toContain(Buffer.from(MAIL_PASSWORD).toString('base64'));
    }
  }

  it.each([
    ['refuses the sender', { at: 'sender', replyCode: 550, text: SECRET }],
    ['is busy', { at: 'recipient', replyCode: 451, text: SECRET }],
    ['refuses the mail', { at: 'data', replyCode: 554, text: SECRET }],
  ] as const)('is 503, and the invitation is withdrawn, where the server %s', async (_what, refusal) => {
    mail.refusal = refusal;
    const email = newGuest();
    const answer = await invite({ email });
    expect([answer.status, answer.body.code]).toEqual([503, 'mail_unavailable']);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    await expectNothingDone(email, answer);
    mail.refusal = undefined;
    expect((await invite({ email })).status).toBe(200);
  });

  it('is 422 where the server knows no such address', async () => {
    mail.refusal = { at: 'recipient', replyCode: 550, text: SECRET };
    const email = newGuest();
    const answer = await invite({ email });
    expect([answer.status, answer.body.code]).toEqual([422, 'mail_address_refused']);
    await expectNothingDone(email, answer);
  });

  it('withdraws the link of a mail that was taken in and never answered for', async () => {
    mail.hanging = true;
    try {
      const email = newGuest();
      const answer = await invite({ email });
      expect([answer.status, answer.body.code]).toEqual([503, 'mail_unavailable']);
      await expectNothingDone(email, answer);
    } finally {
      mail.hanging = false;
    }
  });

  it.each<[string, MailServerOptions, Parameters<typeof mailEnv>[1]]>([
    [
      'the login is wrong',
      { login: { user: LOGIN.user, pass: 'other' }, plainOnly: true },
      { credentials: CREDENTIALS },
    ],
    ['the certificate is nobody’s', {}, {}],
    ['TLS is wanted and not offered', { plainOnly: true }, { options: '?requireTLS=true' }],
    ['the server speaks TLS only', { secure: true }, {}],
  ])('is 503 where %s', async (_what, options, url) => {
    const other = await MailServer.start(options);
    try {
      const place = await gateway.addServer(mailEnv(other, url));
      const email = newGuest();
      const answer = await invite({ email }, await adminOf(place));
      expect([answer.status, answer.body.code, other.mails]).toEqual([503, 'mail_unavailable', []]);
      await expectNothingDone(email, answer);
    } finally {
      await other.stop();
    }
  });

  it('is 503 where nobody listens', async () => {
    const gone = await MailServer.start();
    const env = mailEnv(gone);
    await gone.stop();
    const email = newGuest();
    const answer = await invite({ email }, await adminOf(await gateway.addServer(env)));
    expect([answer.status, answer.body.code]).toEqual([503, 'mail_unavailable']);
    await expectNothingDone(email, answer);
  });
});

it.each<[string, MailServerOptions, Parameters<typeof mailEnv>[1]]>([
  ['TLS from the start', { login: LOGIN, secure: true }, { scheme: 'smtps' }],
  ['STARTTLS', { login: LOGIN }, {}],
])('logs in over %s', async (_what, options, url) => {
  const other = await MailServer.start(options);
  try {
    const env = mailEnv(other, { ...url, credentials: CREDENTIALS, options: '?tls.rejectUnauthorized=false' });
    const email = newGuest();
    expect((await invite({ email }, await adminOf(await gateway.addServer(env)))).status).toBe(200);
    expect(other.mails).toMatchObject([{ to: [email], secure: true, user: LOGIN.user }]);
  } finally {
    await other.stop();
  }
});

it('answers with the link where no mail server is configured, which proves nothing', async () => {
  const place = await gateway.addServer({ SMTP_URL: undefined, MAIL_FROM: undefined });
  const email = newGuest();
  const { status, body } = await invite({ email }, await adminOf(place));
  expect([status, body.by_mail, mail.mails]).toEqual([200, false, []]);
  expect((await gateway.client().post(body.accept_path ?? '', { password: PASSWORD })).status).toBe(200);
  expect(await verifiedAt(email)).toBeNull();
});

async function adminOf(place: number): Promise<ApiClient> {
  const login = { username: ADMIN.email, password: ADMIN.password };
  const { status, body } = await gateway.client(place).post<{ access_token: string }>('/api/auth/login', login);
  expect(status).toBe(200);
  return gateway.client(place).bearer(body.access_token);
}
