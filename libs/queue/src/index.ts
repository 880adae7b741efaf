export * from './job-queue.js';
export * from './jobs.js';
export * from './stage-route.js';
