export * from './connection.js';
export * from './enums.js';
export * from './filter.js';
export * from './values.js';
