import { Injectable } from '@nestjs/common';
import { Freshness } from '../access/freshness.js';
import type { Actor, SignedIn } from '../access/principal.js';
import { AuditService } from '../audit/audit.service.js';
import { Clock } from '../platform/clock.js';
import { Database } from '../platform/database/database.js';
import { searchTextOf, searchable } from '../platform/database/search-text.js';
import { expectVersion } from '../platform/http/etag.js';
import { PAGE_DEFAULT, decodeCursor, toPage } from '../platform/http/pagination.js';
import { PrincipalsService } from '../principals/principals.service.js';
import { RevocationFeed } from '../revocation/revocation-feed.js';
import { expectPowerOfRoles } from '../roles/own-power.js';
import { RolesService } from '../roles/roles.service.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { canonical } from './canonical.js';
import { PasswordHasher } from './passwords/password-hasher.js';
import { PasswordPolicy, contextWordsOf } from './passwords/password-policy.js';
import { UserView } from './user.dto.js';
import type { ChangeUser, UserPage, UserQuery } from './user.dto.js';
import { USER_SEARCH_TEXT_MAX } from './user.entity.js';
import type { User } from './user.entity.js';
import { expectManageable, expectMayGive } from './user-power.js';
import { UserNotFound, namingDuplicates } from './users.errors.js';
import { UsersRepository } from './users.repository.js';
import type { Credentials, UserRecord } from './users.repository.js';

/** The name of the list in its cursors. */
const LIST = 'users';

/** Somebody who is to be made, in words. */
export interface NewUser {
  readonly email: string;
  readonly username: string;
  readonly displayName?: string;
  readonly password: string;
  readonly roles: readonly string[];
}

/** Somebody who is to be made, with a password that was judged and hashed. */
export interface PreparedUser extends Omit<NewUser, 'displayName' | 'password'> {
  readonly displayName: string;
  readonly passwordHash: string;
}

/** People: who they are. Their passwords are `UserPasswordsService`'s, what they may do is `UserAccessService`'s. */
@Injectable()
export class UsersService {
  constructor(
    private readonly users: UsersRepository,
    private readonly principals: PrincipalsService,
    private readonly sessions: SessionsService,
    private readonly roles: RolesService,
    private readonly hasher: PasswordHasher,
    private readonly policy: PasswordPolicy,
    private readonly freshness: Freshness,
    private readonly feed: RevocationFeed,
    private readonly audit: AuditService,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** The newest first. @throws InvalidCursor */
  async list({ limit = PAGE_DEFAULT, cursor, status, role, q }: UserQuery): Promise<UserPage> {
    const filter = {
      ...(status === undefined ? {} : { status }),
      ...(role === undefined ? {} : { role }),
      ...(q === undefined ? {} : { text: searchable(q) }),
    };
    const after = cursor === undefined ? undefined : decodeCursor(LIST, cursor);
    return toPage(
      LIST,
      await this.users.list(filter, limit + 1, after),
      limit,
      (user) => ({ at: user.createdAt, id: user.id }),
      (user) => UserView.of(user),
    );
  }

  /** @throws UserNotFound */
  async get(id: string): Promise<UserView> {
    return UserView.of(found(await this.users.find(id)));
  }

  /** By e-mail address or username, in any spelling. */
  findForLogin(identifier: string): Promise<Credentials | undefined> {
    return this.users.findForLogin(canonical(identifier));
  }

  /** @throws what `prepare` and `insert` throw */
  async create(actor: Actor, input: NewUser): Promise<UserView> {
    const prepared = await this.prepare(input);
    return this.get(await this.database.transaction(() => this.insert(actor, prepared)));
  }

  /**
   * Judges and hashes the password, which takes too long for a transaction.
   *
   * @throws ValidationFailed for a password that is too short, too long or too easy.
   * @throws HashQueueFull
   */
  async prepare({ password, ...input }: NewUser): Promise<PreparedUser> {
    const email = canonical(input.email);
    const username = canonical(input.username);
    const { displayName = username, roles } = input;
    const accepted = await this.policy.check(
      password,
      contextWordsOf({ email, username, displayName }),
    );
    return { email, username, displayName, roles, passwordHash: await this.hasher.hash(accepted) };
  }

  /**
   * Makes the user. Needs a transaction. Whoever is signed in may give only what they may do themselves;
   * nobody is during set-up.
   *
   * @returns the id
   * @throws AccessDenied
   * @throws UnknownRole
   * @throws TokenTooLarge
   * @throws EmailTaken
   * @throws UsernameTaken
   */
  async insert(actor: Actor, { roles, ...user }: PreparedUser): Promise<string> {
    const { principal } = actor;
    if (principal !== undefined) {
      expectMayGive(principal, roles);
      expectPowerOfRoles(principal, await this.roles.powerOf(roles));
    }
    await this.roles.expectFit(roles);
    const id = await this.principals.create('user', roles);
    const now = this.clock.now();
    await namingDuplicates(() =>
      this.users.insert({
        id,
        ...user,
        searchText: searchTextOfUser(user),
        passwordChangedAt: now,
        version: 1,
        createdAt: now,
        updatedAt: now,
      }),
    );
    await this.audit.record(actor, {
      action: 'user.created',
      target: { type: 'user', id },
      detail: { username: user.username, roles },
    });
    return id;
  }

  /**
   * Changes what the body names. Another e-mail address ends the user's sessions, for whoever reads the
   * old mailbox has it no more; only the session in which it is done goes on.
   *
   * @param seen the version that the caller saw.
   * @throws UserNotFound
   * @throws AccessDenied for an administrator, unless the caller is one.
   * @throws PreconditionFailed
   * @throws StaleAuthentication for another e-mail address.
   * @throws EmailTaken
   * @throws UsernameTaken
   */
  async change(
    actor: SignedIn,
    id: string,
    seen: number | undefined,
    changes: ChangeUser,
  ): Promise<UserView> {
    const hasEnded = await this.database.transaction(async () => {
      const before = found(await this.users.lock(id));
      expectManageable(actor.principal, before);
      expectVersion(before.version, seen);
      // Who reads the mailbox is taken for its owner. Only here is it known whether it is another one.
      if (changes.email !== undefined && changes.email !== before.email)
        this.freshness.expect(actor.principal);
      const after = await this.write(actor, before, changes);
      if (after.email === before.email) return false;
      await this.sessions.endAll(actor, id, 'administrator', actor.principal.sessionId);
      await this.principals.outdateTokens(actor, 'administrator', [id]);
      return true;
    });
    if (!hasEnded) await this.feed.expectToKnow();
    return this.get(id);
  }

  /** @throws UserNotFound */
  async changeOwnProfile(
    actor: SignedIn,
    { displayName }: { readonly displayName: string },
  ): Promise<UserView> {
    const { id } = actor.principal;
    await this.database.transaction(async () => {
      await this.write(actor, found(await this.users.lock(id)), { displayName });
    });
    return this.get(id);
  }

  /** Writes to a user who is locked. */
  private async write(
    actor: SignedIn,
    before: UserRecord,
    changes: ChangeUser,
  ): Promise<UserRecord> {
    const {
      email = before.email,
      username = before.username,
      displayName = before.displayName,
    } = changes;
    const after = { ...before, email, username, displayName };
    await namingDuplicates(() =>
      this.users.update(before.id, this.clock.now(), {
        email,
        username,
        displayName,
        searchText: searchTextOfUser(after),
      }),
    );
    await this.audit.record(actor, {
      action: 'user.changed',
      target: { type: 'user', id: before.id },
      detail: {
        fields: (['email', 'username', 'displayName'] as const).filter(
          (field) => after[field] !== before[field],
        ),
      },
    });
    return after;
  }
}

/** What a search for users looks through. */
function searchTextOfUser({
  username,
  email,
  displayName,
}: Pick<User, 'username' | 'email' | 'displayName'>): string {
  return searchTextOf([username, email, displayName], USER_SEARCH_TEXT_MAX);
}

/** @throws UserNotFound */
function found<T>(row: T | undefined): T {
  if (row === undefined) throw new UserNotFound();
  return row;
}
