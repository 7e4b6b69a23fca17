import { AccessDenied } from '../access/access.errors.js';
import { holds } from '../access/principal.js';
import type { Principal } from '../access/principal.js';
import type { Resource } from './resource.entity.js';
import { ResourceNotFound } from './resources.errors.js';

/** Whether the principal may change the registry's entry: as its owner, or with `resources:manage`. */
export function mayManage(principal: Principal, resource: Resource): boolean {
  return resource.ownerId === principal.id || holds(principal, ['resources:manage']);
}

/**
 * The resource that was looked up, when the principal may manage it.
 *
 * 403 and not 404 for somebody else's: the registry is open to all who may call these routes.
 *
 * @throws ResourceNotFound
 * @throws AccessDenied
 */
export function managed(resource: Resource | null, principal: Principal): Resource {
  if (resource === null) throw new ResourceNotFound();
  if (!mayManage(principal, resource)) {
    throw new AccessDenied('needs to be the owner, or the permission resources:manage');
  }
  return resource;
}
