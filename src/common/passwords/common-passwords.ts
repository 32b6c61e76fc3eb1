/** What installations are shipped with, where the list of what people choose does not have it. */
const SHIPPED = ['admin123', 'change-me', 'changeme', 'administrator'];

/** Keyboards write the same letter in different ways; it is the same password. */
export function oneSpelling(password: string): string {
  return password.normalize('NFKC');
}

/** Passwords that everybody tries first, whatever the case of their letters and however they are spelt. */
export class CommonPasswords {
  private constructor(private readonly passwords: ReadonlySet<string>) {}

  /** Loaded on demand: the list has tens of thousands of entries, which only production needs. */
  static async load(): Promise<CommonPasswords> {
    const { dictionary } = await import('@zxcvbn-ts/language-common');
    return new CommonPasswords(new Set([...dictionary['passwords-common'], ...SHIPPED].map(String)));
  }

  includes(password: string): boolean {
    return this.passwords.has(oneSpelling(password).toLowerCase());
  }
}
