import { Injectable } from '@nestjs/common';
import type { Principal } from '../../access/principal.js';
import { CheckAnswer } from '../../resources/check.dto.js';
import { CheckService } from '../../resources/check.service.js';
import { ResourceAccessService } from '../../resources/resource-access.service.js';
import type { ResourceVerdict } from './explain.dto.js';

/** Says what somebody may do with a resource, by what is granted now and by what their token says. */
@Injectable()
export class ResourceAdmission {
  constructor(
    private readonly access: ResourceAccessService,
    private readonly checks: CheckService,
  ) {}

  /**
   * @param principal undefined when nothing vouches for whom the token speaks for.
   * @param accepted whether the token is, where it is for this resource.
   */
  async judge(
    identifier: string,
    action: string | undefined,
    principal: Principal | undefined,
    accepted: boolean,
  ): Promise<ResourceVerdict> {
    if (principal === undefined) {
      const known = (await this.access.accessOf(identifier, '')) !== undefined;
      const text = known
        ? 'The token is refused, and nothing vouches for whom it speaks for.'
        : UNKNOWN;
      return { known, actions: [], withThisToken: false, withNewToken: false, text };
    }
    const access = await this.access.accessOf(identifier, principal.id);
    if (access === undefined) {
      return {
        known: false,
        actions: [],
        withThisToken: false,
        withNewToken: false,
        text: UNKNOWN,
      };
    }
    const decision =
      action === undefined
        ? undefined
        : await this.checks.decide(access.resource, principal.id, action);
    const says = action === undefined ? accepted : accepted && principal.permissions.has(action);
    const { actions } = access;
    const text = [
      ...(accepted ? [] : ['The token is refused here.']),
      ...(accepted && action !== undefined && !says ? ['The token does not name the action.'] : []),
      decision?.reason.text ?? tellActions(actions),
    ].join(' ');
    return {
      known: true,
      actions,
      ...(decision === undefined ? {} : { decision: CheckAnswer.of(decision) }),
      withThisToken: says,
      withNewToken: action === undefined ? actions.length > 0 : actions.includes(action),
      text,
    };
  }
}

const UNKNOWN = 'No resource has this identifier: nobody gets a token for it.';

function tellActions(actions: readonly string[]): string {
  return actions.length === 0
    ? 'Nothing is granted to them now, so they get no token for it.'
    : `Granted to them now: ${actions.join(', ')}.`;
}
