import type { Fault } from '../support/fault.js';
import { killReplica } from './f-01-kill-replica.js';
import { answerLost } from './f-02-answer-lost.js';
import { databaseDownAtBoot } from './f-03-database-down-at-boot.js';
import { databaseKilled } from './f-04-database-killed.js';
import { databaseStopped } from './f-05-database-stopped.js';
import { failover } from './f-06-failover.js';
import { databaseReadOnly } from './f-07-database-read-only.js';
import { fullDisk } from './f-08-full-disk.js';
import { databaseDiskFull } from './f-09-database-disk-full.js';
import { slowDatabase } from './f-10-slow-database.js';
import { locks } from './f-11-locks.js';
import { poolExhausted } from './f-12-pool-exhausted.js';
import { connectionsTaken } from './f-13-connections-taken.js';
import { clockJumps } from './f-14-clock-jumps.js';
import { databaseClockJumps } from './f-14b-database-clock-jumps.js';
import { busLost } from './f-15-bus-lost.js';
import { busMessages } from './f-16-bus-messages.js';
import { bootTogether } from './f-17-boot-together.js';
import { migrationKilled } from './f-18-migration-killed.js';
import { sigterm } from './f-19-sigterm.js';
import { rollingRestart } from './f-20-rolling-restart.js';
import { replicaStalled } from './f-21-replica-stalled.js';
import { loginFlood } from './f-22-login-flood.js';
import { stuckClients } from './f-23-stuck-clients.js';
import { poisonRows } from './f-24-poison-rows.js';
import { strayErrors } from './f-25-stray-errors.js';
import { restored } from './f-26-restored.js';
import { sqliteKilled } from './f-27-sqlite-killed.js';
import { keyFile } from './f-28-key-file.js';
import { ipv6Only } from './f-29-ipv6-only.js';
import { outputNotRead } from './f-30-output-not-read.js';

/**
 * All faults. Those that leave the replicas as they found them follow each other, so that they share one
 * boot.
 */
export const FAULTS: readonly Fault[] = [
  killReplica,
  databaseKilled,
  databaseStopped,
  databaseReadOnly,
  sigterm,
  rollingRestart,
  locks,
  replicaStalled,
  poisonRows,
  restored,
  poolExhausted,
  bootTogether,
  databaseDownAtBoot,
  migrationKilled,
  answerLost,
  slowDatabase,
  connectionsTaken,
  clockJumps,
  databaseClockJumps,
  busLost,
  busMessages,
  fullDisk,
  databaseDiskFull,
  failover,
  sqliteKilled,
  loginFlood,
  stuckClients,
  strayErrors,
  keyFile,
  ipv6Only,
  outputNotRead,
];
