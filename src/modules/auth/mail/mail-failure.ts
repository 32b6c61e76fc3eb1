/** Why a mail did not go out, in words that are safe to log: what the server said may hold secrets. */
export interface MailFailure {
  /** The server will never take mail for this address. */
  readonly addressRefused: boolean;
  /** Enumerated, such as ECONNECTION, EAUTH or ETIMEDOUT. */
  readonly code: string;
  /** The operating system's word for it, such as ECONNREFUSED. */
  readonly origin?: string;
  /** SMTP's own reply code. */
  readonly replyCode?: number;
}

const CODE = /^E[A-Z0-9_]{1,30}$/;

/** Reads what the mail library threw, and passes on codes only. */
export function describeMailFailure(error: unknown): MailFailure {
  const { code, originalCode, responseCode, command, permanent } = fieldsOf(error);
  return {
    addressRefused: code === 'EENVELOPE' && command === 'RCPT TO' && permanent === true,
    code: isCode(code) ? code : 'unknown',
    ...(isCode(originalCode) ? { origin: originalCode } : {}),
    ...(typeof responseCode === 'number' ? { replyCode: responseCode } : {}),
  };
}

function fieldsOf(error: unknown): Record<string, unknown> {
  return typeof error === 'object' && error !== null ? { ...error } : {};
}

function isCode(value: unknown): value is string {
  return typeof value === 'string' && CODE.test(value);
}
