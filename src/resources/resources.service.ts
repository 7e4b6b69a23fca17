import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { AccessDenied } from '../access/access.errors.js';
import { holds } from '../access/principal.js';
import type { SignedIn } from '../access/principal.js';
import { AuditService } from '../audit/audit.service.js';
import { SETTINGS } from '../config/settings.js';
import type { Settings } from '../config/settings.js';
import { Clock } from '../platform/clock.js';
import { Database } from '../platform/database/database.js';
import { searchTextOf, searchable } from '../platform/database/search-text.js';
import { isDuplicate, isMissingReference } from '../platform/database/database-errors.js';
import { expectVersion } from '../platform/http/etag.js';
import { PAGE_DEFAULT, decodeCursor, toPage } from '../platform/http/pagination.js';
import { readEncryptionKey } from '../tokens/encryption-key.js';
import { isSameAddress } from './identifier.js';
import { parseLabelFilter } from './labels.js';
import type { LabelledResource } from './labels.js';
import { managed } from './ownership.js';
import { ResourceView } from './resource.dto.js';
import type {
  ChangeResource,
  CreateResource,
  ResourcePage,
  ResourceQuery,
} from './resource.dto.js';
import { SEARCH_TEXT_MAX } from './resource.entity.js';
import type { Resource } from './resource.entity.js';
import { IdentifierTaken, ResourceNotFound, wrongField } from './resources.errors.js';
import { ResourcesRepository } from './resources.repository.js';

/** The name of the list in its cursors. */
const LIST = 'resources';

/** The registry of what teams protect. All who may read it see all of it; each entry has one owner. */
@Injectable()
export class ResourcesService {
  constructor(
    private readonly resources: ResourcesRepository,
    private readonly audit: AuditService,
    private readonly database: Database,
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}

  /** @throws InvalidCursor */
  async list({
    limit = PAGE_DEFAULT,
    cursor,
    owner,
    label,
    q,
  }: ResourceQuery): Promise<ResourcePage> {
    const filter = {
      ...(owner === undefined ? {} : { ownerId: owner }),
      ...(label === undefined ? {} : { label: parseLabelFilter(label) }),
      ...(q === undefined ? {} : { text: searchable(q) }),
    };
    const after = cursor === undefined ? undefined : decodeCursor(LIST, cursor);
    return toPage(
      LIST,
      await this.resources.list(filter, limit + 1, after),
      limit,
      (resource) => ({ at: resource.createdAt, id: resource.id }),
      (resource) => ResourceView.of(resource),
    );
  }

  /** @throws ResourceNotFound */
  async get(id: string): Promise<LabelledResource> {
    return this.withLabels(await this.find(id));
  }

  /** The same without its labels. @throws ResourceNotFound */
  async find(id: string): Promise<Resource> {
    const resource = await this.resources.find(id);
    if (resource === null) throw new ResourceNotFound();
    return resource;
  }

  /**
   * Registers a resource. Whoever does becomes its owner, unless they may name another.
   *
   * @throws AccessDenied for another owner without `resources:manage`.
   * @throws ValidationFailed for the issuer's own identifier, for an owner who does not exist and for
   *   tokens that would live too long.
   * @throws IdentifierTaken
   */
  async create(actor: SignedIn, body: CreateResource): Promise<LabelledResource> {
    const {
      identifier,
      name,
      description = '',
      actions,
      labels = {},
      ownerId = actor.principal.id,
      claims = null,
    } = body;
    if (ownerId !== actor.principal.id && !holds(actor.principal, ['resources:manage'])) {
      throw new AccessDenied('another owner needs the permission resources:manage');
    }
    // Signet's own tokens carry it: with it, an editor would own the audience of the authority itself.
    const own = [this.settings.issuer, ...this.settings.acceptedAudiences];
    if (own.some((audience) => isSameAddress(identifier, audience))) {
      throw wrongField('/identifier', 'reserved', 'is the identifier of Signet itself');
    }
    const { tokenTtl = null, encryptionKey = null } = this.readTokens(body);
    return this.database.transaction(async () => {
      const now = this.clock.now();
      const resource: Resource = {
        id: randomUUID(),
        identifier,
        name,
        description,
        ownerId,
        actions,
        tokenTtl,
        encryptionKey,
        claims,
        searchText: searchTextOf([identifier, name, description], SEARCH_TEXT_MAX),
        version: 1,
        createdAt: now,
        updatedAt: now,
      };
      await named(() => this.resources.insert(resource));
      await this.resources.setLabels(resource.id, labels);
      await this.audit.record(actor, {
        action: 'resource.created',
        target: { type: 'resource', id: resource.id },
        detail: { identifier, ownerId },
      });
      return this.withLabels(resource);
    });
  }

  /**
   * Changes what the body names. Grants keep the names of actions that are removed here: they count
   * for nothing, since the decision looks at the resource first, and count again if the action comes back.
   *
   * @param seen the version that the caller saw.
   * @throws ResourceNotFound
   * @throws AccessDenied
   * @throws PreconditionFailed
   * @throws ValidationFailed for an owner who does not exist and for tokens that would live too long.
   */
  async change(
    actor: SignedIn,
    id: string,
    seen: number | undefined,
    { labels, encryptionKey, ...fields }: ChangeResource,
  ): Promise<LabelledResource> {
    return this.database.transaction(async () => {
      const before = managed(await this.resources.lock(id), actor.principal);
      expectVersion(before.version, seen);
      const changed = {
        ...before,
        ...given(fields),
        ...this.readTokens({ ...fields, encryptionKey }),
      };
      const after: Resource = {
        ...changed,
        searchText: searchTextOf(
          [changed.identifier, changed.name, changed.description],
          SEARCH_TEXT_MAX,
        ),
        version: before.version + 1,
        updatedAt: this.clock.now(),
      };
      await named(() => this.resources.update(id, after));
      if (labels !== undefined) await this.resources.setLabels(id, labels);
      await this.audit.record(actor, {
        action: 'resource.changed',
        target: { type: 'resource', id },
        detail: {
          fields: Object.keys(given({ ...fields, labels, encryptionKey })).sort(),
          ...(after.ownerId === before.ownerId
            ? {}
            : { ownerId: after.ownerId, formerOwnerId: before.ownerId }),
          ...(encryptionKey === undefined
            ? {}
            : { encryptionKid: after.encryptionKey?.kid ?? null }),
        },
      });
      return this.withLabels(after);
    });
  }

  /**
   * Removes the resource with its labels and grants.
   *
   * @param seen the version that the caller saw.
   * @throws ResourceNotFound
   * @throws AccessDenied
   * @throws PreconditionFailed
   */
  async delete(actor: SignedIn, id: string, seen: number | undefined): Promise<void> {
    await this.database.transaction(async () => {
      const { identifier, ownerId, version } = managed(
        await this.resources.lock(id),
        actor.principal,
      );
      expectVersion(version, seen);
      await this.resources.delete(id);
      await this.audit.record(actor, {
        action: 'resource.deleted',
        target: { type: 'resource', id },
        detail: { identifier, ownerId },
      });
    });
  }

  /** What a body says of tokens, in the form that is kept. @throws ValidationFailed above the cap. */
  private readTokens({
    tokenTtl,
    encryptionKey,
  }: {
    [K in 'tokenTtl' | 'encryptionKey']?: ChangeResource[K] | undefined;
  }) {
    const max = this.settings.accessTokenMaxTtl / 1000;
    if (tokenTtl !== undefined && tokenTtl !== null && tokenTtl > max) {
      throw wrongField('/tokenTtl', 'too_long', `must be at most ${max} (ACCESS_TOKEN_MAX_TTL)`);
    }
    return given({
      tokenTtl,
      // Not as it came: with a kid, an algorithm and a use, and without what is not needed.
      encryptionKey: encryptionKey && readEncryptionKey(encryptionKey),
    });
  }

  private async withLabels(resource: Resource): Promise<LabelledResource> {
    const [labelled] = await this.resources.withLabels([resource]);
    if (labelled === undefined) throw new ResourceNotFound(); // one in, one out
    return labelled;
  }
}

/** The members that have a value: class-transformer may make absent fields `undefined` ones. */
function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  // fromEntries forgets what it is given; only members were left out.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** Gives the constraints of the table their meaning. @throws IdentifierTaken @throws ValidationFailed */
async function named(write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (isDuplicate(error)) throw new IdentifierTaken({ cause: error });
    if (isMissingReference(error)) {
      throw wrongField('/ownerId', 'unknown_principal', 'there is no such principal', error);
    }
    throw error;
  }
}
