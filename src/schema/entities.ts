import { AuditEvent } from '../audit/audit-event.entity.js';
import { ThrottleCounter } from '../auth/throttling/throttle-counter.entity.js';
import { SealedSecret } from '../keys/sealed-secret.entity.js';
import { SigningKey } from '../keys/signing-key.entity.js';
import { PrincipalClaims } from '../principals/principal-claims.entity.js';
import { PrincipalRecord } from '../principals/principal-record.entity.js';
import { PrincipalRole } from '../principals/principal-role.entity.js';
import { Grant } from '../resources/grant.entity.js';
import { ResourceLabel } from '../resources/resource-label.entity.js';
import { Resource } from '../resources/resource.entity.js';
import { RevocationReader } from '../revocation/progress/revocation-reader.entity.js';
import { RevocationReading } from '../revocation/progress/revocation-reading.entity.js';
import { RevocationHead } from '../revocation/revocation-head.entity.js';
import { RevokedToken } from '../revocation/revoked-token.entity.js';
import { Role } from '../roles/role.entity.js';
import { ClientAssertion } from '../service-accounts/client-authentication/client-assertion.entity.js';
import { ServiceAccount } from '../service-accounts/service-account.entity.js';
import { ServiceCredential } from '../service-accounts/service-credential.entity.js';
import { Session } from '../sessions/session.entity.js';
import { Installation } from '../setup/installation.entity.js';
import { StatusIndexHead } from '../status-lists/status-index-head.entity.js';
import { User } from '../users/user.entity.js';

/** Every table. By class and never by glob, so that a bundle or a moved folder cannot lose one. */
export const entities = [
  AuditEvent,
  ClientAssertion,
  Grant,
  Installation,
  PrincipalClaims,
  PrincipalRecord,
  PrincipalRole,
  Resource,
  ResourceLabel,
  RevocationHead,
  RevocationReader,
  RevocationReading,
  RevokedToken,
  Role,
  SealedSecret,
  ServiceAccount,
  ServiceCredential,
  Session,
  SigningKey,
  StatusIndexHead,
  ThrottleCounter,
  User,
];
