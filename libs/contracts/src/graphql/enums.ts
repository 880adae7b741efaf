import { registerEnumType } from '@nestjs/graphql';

export enum JobStatus {
  QUEUED = 'QUEUED',
  RUNNING = 'RUNNING',
  SUCCEEDED = 'SUCCEEDED',
  FAILED = 'FAILED',
  CANCELLED = 'CANCELLED',
}
registerEnumType(JobStatus, { name: 'JobStatus', description: 'Where a piece of work stands.' });

export enum CallStatus {
  OK = 'OK',
  ERROR = 'ERROR',
  TIMEOUT = 'TIMEOUT',
  REFUSED = 'REFUSED',
  CACHED = 'CACHED',
  CANCELLED = 'CANCELLED',
}
registerEnumType(CallStatus, { name: 'CallStatus', description: 'How a call to an LLM ended.' });
