import type { Fault } from '../support/fault.js';
import { killReplica } from './f-01-kill-replica.js';
import { databaseKilled } from './f-04-database-killed.js';

/** All faults, in the order of their numbers. */
export const FAULTS: readonly Fault[] = [killReplica, databaseKilled];
