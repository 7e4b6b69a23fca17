import { PrincipalsAndRoles1795392000001 } from './1795392000001-principals-and-roles.js';
import { UsersAndSessions1795392000002 } from './1795392000002-users-and-sessions.js';
import { KeysAndRevocations1795392000003 } from './1795392000003-keys-and-revocations.js';
import { Resources1795392000004 } from './1795392000004-resources.js';
import { AuditAndThrottling1795392000005 } from './1795392000005-audit-and-throttling.js';
import { KeyStates1795478400006 } from './1795478400006-key-states.js';
import { ServiceAccounts1795478400007 } from './1795478400007-service-accounts.js';
import { ResourceTokens1795478400008 } from './1795478400008-resource-tokens.js';
import { UserClaims1795478400009 } from './1795478400009-user-claims.js';
import { StatusLists1795478400010 } from './1795478400010-status-lists.js';
import { Restores1795478400011 } from './1795478400011-restores.js';
import { RevocationProgress1795478400012 } from './1795478400012-revocation-progress.js';
import { RowLocks1795478400013 } from './1795478400013-row-locks.js';

/** Every migration, oldest first. A released one is never changed. */
export const migrations = [
  PrincipalsAndRoles1795392000001,
  UsersAndSessions1795392000002,
  KeysAndRevocations1795392000003,
  Resources1795392000004,
  AuditAndThrottling1795392000005,
  KeyStates1795478400006,
  ServiceAccounts1795478400007,
  ResourceTokens1795478400008,
  UserClaims1795478400009,
  StatusLists1795478400010,
  Restores1795478400011,
  RevocationProgress1795478400012,
  RowLocks1795478400013,
];
