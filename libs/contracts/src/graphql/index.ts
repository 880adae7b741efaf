export * from './connection.js';
export * from './date-time.js';
export * from './enums.js';
export * from './filter.js';
export * from './values.js';
