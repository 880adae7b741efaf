export { ATTEMPTS, JobQueue, openBackend, route } from './job-queue.js';
export type { Around, JobContext, JobRun, QueueOptions, Route, Statements, WorkedQueue } from './job-queue.js';
export type { BackendOptions, QueueBackend } from './backend.js';
export { UnrecoverableError } from 'bullmq';
export * from './jobs.js';
export * from './stage-route.js';
