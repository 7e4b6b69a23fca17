import { IntersectionType, PickType } from '@nestjs/swagger';
import {
  BooleanField,
  InstantField,
  TextField,
  TextListField,
  UuidField,
} from '../../platform/http/fields.js';
import { PERMISSION_MAX } from '../../access/permissions.js';
import type { Principal } from '../../access/principal.js';
import type { Session } from '../../sessions/session.entity.js';
import { acrOf } from '../../tokens/mint.js';
import { UserView } from '../../users/user.dto.js';

/** What the presented token says. */
export class TokenFacts {
  @UuidField({ description: 'The session of this token (`sid`).' })
  readonly sessionId!: string;

  @TextListField({
    description: 'What this token permits.',
    maxItems: 1000,
    itemMax: PERMISSION_MAX,
    example: ['resources:read'],
  })
  readonly permissions!: readonly string[];

  @InstantField({ description: 'When you last proved who you are.' })
  readonly authenticatedAt!: string;

  @TextListField({
    description: 'How you proved it (`amr`, RFC 8176).',
    maxItems: 10,
    itemMax: 64,
    example: ['pwd'],
  })
  readonly amr!: readonly string[];

  @TextField({
    description:
      'How surely you are known by that (`acr`). `aal1`, one factor, is all that there is.',
    max: 64,
    example: 'aal1',
  })
  readonly acr!: string;

  @InstantField({ description: 'When this token expires.' })
  readonly expiresAt!: string;
}

/** The signed-in person, and what their token says. */
export class MeView extends IntersectionType(UserView, TokenFacts) {
  static of(user: UserView, principal: Principal): MeView {
    return {
      ...user,
      sessionId: principal.sessionId,
      permissions: [...principal.permissions],
      authenticatedAt: new Date(principal.authTime * 1000).toISOString(),
      amr: principal.amr,
      acr: principal.acr ?? acrOf(principal.amr),
      expiresAt: new Date(principal.expiresAt * 1000).toISOString(),
    };
  }
}

/** What people may change of their own profile. */
export class ChangeProfile extends PickType(UserView, ['displayName']) {}

/** A new password for oneself. */
export class ChangePassword {
  @TextField({
    description: 'The password that you have now.',
    max: 1024,
    secret: true,
    example: 'correct horse battery staple',
  })
  readonly currentPassword!: string;

  @TextField({
    description: 'The new one.',
    max: 1024,
    secret: true,
    example: 'a mouse in seven league boots',
  })
  readonly newPassword!: string;
}

/** A sign-in on a device. */
export class SessionView {
  @UuidField({ description: 'Id of the session (`sid`).' })
  readonly id!: string;

  @BooleanField({ description: 'Whether it is the session of this token.', example: true })
  readonly current!: boolean;

  @InstantField({ description: 'When it began.' })
  readonly createdAt!: string;

  @InstantField({ description: 'When it was last refreshed.' })
  readonly lastUsedAt!: string;

  @InstantField({ description: 'When it ends unless it is refreshed before.' })
  readonly expiresAt!: string;

  @TextField({ description: '`User-Agent` at sign-in.', min: 0, max: 255, example: 'curl/8' })
  readonly userAgent!: string;

  @TextField({ description: 'Address at sign-in.', min: 0, max: 64, example: '127.0.0.1' })
  readonly ip!: string;

  static of(session: Session, currentId: string): SessionView {
    return {
      id: session.id,
      current: session.id === currentId,
      createdAt: new Date(session.createdAt).toISOString(),
      lastUsedAt: new Date(session.rotatedAt).toISOString(),
      expiresAt: new Date(session.idleExpiresAt).toISOString(),
      userAgent: session.userAgent,
      ip: session.ip,
    };
  }
}

/** Names a session in a path. */
export class SessionParams extends PickType(SessionView, ['id']) {}
