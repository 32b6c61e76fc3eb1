import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn, UpdateDateColumn } from 'typeorm';
import type { UserAccount, UserOrigin, UserRole } from './user-account.js';

@Entity({ name: 'users' })
export class User implements UserAccount {
  @PrimaryGeneratedColumn('identity', { name: 'id', type: 'int', generatedIdentity: 'ALWAYS' })
  id: number;

  @Column({ name: 'public_id', type: 'uuid', default: () => 'gen_random_uuid()' })
  publicId: string;

  @Column({ name: 'username', type: 'text', nullable: true })
  username: string | null;

  @Column({ name: 'username_normalized', type: 'text', nullable: true, unique: true })
  usernameNormalized: string | null;

  @Column({ name: 'email', type: 'text' })
  email: string;

  @Column({ name: 'email_normalized', type: 'text', unique: true })
  emailNormalized: string;

  @Column({ name: 'name', type: 'text', nullable: true })
  name: string | null;

  @Column({ name: 'picture_url', type: 'text', nullable: true })
  pictureUrl: string | null;

  /** Google's own id of the person behind a Google login. */
  @Column({ name: 'google_sub', type: 'text', nullable: true, unique: true })
  googleSub: string | null;

  /** When somebody proved to own the e-mail address; null for an address that was only typed in. */
  @Column({ name: 'email_verified_at', type: 'timestamptz', nullable: true })
  emailVerifiedAt: Date | null;

  /** Argon2id in PHC format. Never selected unless a query names it. */
  @Column({ name: 'password_hash', type: 'text', nullable: true, select: false })
  passwordHash: string | null;

  @Column({ name: 'role', type: 'text', default: 'user' })
  role: UserRole;

  @Column({ name: 'origin', type: 'text' })
  origin: UserOrigin;

  @Column({ name: 'is_active', type: 'boolean', default: true })
  isActive: boolean;

  @Column({ name: 'is_blocked', type: 'boolean', default: false })
  isBlocked: boolean;

  @Column({ name: 'blocked_reason', type: 'text', nullable: true })
  blockedReason: string | null;

  @Column({ name: 'blocked_at', type: 'timestamptz', nullable: true })
  blockedAt: Date | null;

  @Column({ name: 'case_id', type: 'uuid', nullable: true })
  caseId: string | null;

  /** Part of every access token: raising it ends all sessions of the account. */
  @Column({ name: 'session_epoch', type: 'int', default: 0 })
  sessionEpoch: number;

  @Column({ name: 'last_active_at', type: 'timestamptz', nullable: true })
  lastActiveAt: Date | null;

  @Column({ name: 'deleted_at', type: 'timestamptz', nullable: true })
  deletedAt: Date | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt: Date;
}
