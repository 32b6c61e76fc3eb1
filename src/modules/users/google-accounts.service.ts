import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Not } from 'typeorm';
import type { Repository } from 'typeorm';
import type { Actor } from '../../common/actor.js';
import { accountTarget } from '../audit/audit-entry.js';
import { AuditService } from '../audit/audit.service.js';
import type { GoogleIdentity } from './google-identity.js';
import { normaliseEmail } from './identity.js';
import type { UserAccount } from './user-account.js';
import { User } from './user.entity.js';

/** How an identity of Google's and our accounts stand to each other. */
export type GoogleMatch =
  | { readonly kind: 'linked'; readonly user: UserAccount }
  /** Nobody has the address. */
  | { readonly kind: 'nobody' }
  /** The address belongs to the account of another Google identity. */
  | { readonly kind: 'other_identity' }
  /** Somebody opened an account with the address and never proved that it is theirs. */
  | { readonly kind: 'unverified_account' };

/** Accounts behind Google logins. They are known by Google's `sub`; an address alone never opens one. */
@Injectable()
export class GoogleAccountsService {
  constructor(
    @InjectRepository(User) private readonly users: Repository<User>,
    private readonly audit: AuditService,
  ) {}

  /** The account linked with an identity. One that has the address is linked now, if the address was ever verified. */
  async match(identity: GoogleIdentity, actor: Actor): Promise<GoogleMatch> {
    const linked = await this.findLinked(identity);
    if (linked !== null) {
      return { kind: 'linked', user: linked };
    }
    const holder = await this.users.findOneBy({ emailNormalized: normaliseEmail(identity.email) });
    if (holder === null) {
      return { kind: 'nobody' };
    }
    if (holder.googleSub !== null && holder.googleSub !== identity.sub) {
      return { kind: 'other_identity' };
    }
    await this.link(holder.id, identity, actor);
    const user = await this.findLinked(identity);
    return user === null ? { kind: 'unverified_account' } : { kind: 'linked', user };
  }

  /** Only an account without another identity, whose address somebody proved to own, is linked. */
  private async link(userId: number, { sub }: GoogleIdentity, actor: Actor): Promise<void> {
    await this.users.manager.transaction(async (manager) => {
      const { affected } = await manager.update(
        User,
        { id: userId, googleSub: IsNull(), emailVerifiedAt: Not(IsNull()), deletedAt: IsNull() },
        { googleSub: sub },
      );
      if (affected === 1) {
        await this.audit.record(manager, { actor, action: 'account.google_linked', target: accountTarget(userId) });
      }
    });
  }

  /** The linked account, with the name and picture that Google has now. */
  private async findLinked(identity: GoogleIdentity): Promise<UserAccount | null> {
    const user = await this.users.findOneBy({ googleSub: identity.sub, deletedAt: IsNull() });
    if (user === null) {
      return null;
    }
    const name = identity.name ?? user.name;
    const pictureUrl = identity.pictureUrl ?? user.pictureUrl;
    if (name === user.name && pictureUrl === user.pictureUrl) {
      return user;
    }
    await this.users.update({ id: user.id, deletedAt: IsNull() }, { name, pictureUrl });
    return this.users.findOneBy({ id: user.id, deletedAt: IsNull() });
  }
}
