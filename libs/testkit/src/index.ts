export { freshDatabase, ownPostgres, type FreshDatabase, type OwnPostgres } from './own-postgres.js';
