/** What an account may do: only administrators may do what concerns others. */
export type Role = 'user' | 'admin';
