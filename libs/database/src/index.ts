export { Turns } from './turns.js';
export {
  connect,
  connectionError,
  databaseErrorCode,
  databaseIsAway,
  describeTarget,
  errorMessage,
} from './connection-errors.js';
export {
  startEmbeddedPostgres,
  stopEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from './embedded-postgres.js';
export {
  provision,
  QUEUE_SCHEMA,
  roleOf,
  serviceUrls,
  type DatabaseOwner,
  type Provisioned,
  type PublishedView,
  type ServiceDatabase,
} from './provision.js';
export { dataSourceFor, pgPoolFor } from './data-source.js';
export { copyInto, type CopyRow, type CopyValue } from './copy.js';
export { writableFolder } from './writable-folder.js';
export { MAX_LISTED, withinBound } from './bounded-table.js';
export { IdempotencyKeys, type Claim } from './idempotency-keys.js';
export { dependencyFailure, isMissingView, needing } from './missing-view.js';
export { workTables } from './work-tables.js';
export { DeadlyWork, LEASE_DEFAULTS, LeaseLost, Leases, type Lease, type LeaseOptions } from './leases.js';
export { DeadLetters, type DeadLetter } from './dead-letters.js';
export { runningRetrain } from './running-retrain.js';
export { Forgotten, forgottenMark, type ForgottenCall, type ForgottenUser } from './forgotten.js';
