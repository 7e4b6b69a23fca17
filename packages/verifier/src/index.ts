export {
  KeysUnavailable,
  RevocationUnavailable,
  TokenRejected,
  VERIFICATION_STEPS,
  VerificationUnavailable,
} from './errors.js';
export type { RejectionCode, VerificationStep } from './errors.js';
