export { freePort, freePorts } from './free-ports.js';
export { freshDatabase, ownPostgres, type FreshDatabase, type OwnPostgres } from './own-postgres.js';
export { hasRedis, ownRedis, type OwnRedis } from './own-redis.js';
export { tcpProxy, type TcpProxy } from './tcp-proxy.js';
export { wordsInDatabase } from './words-in-database.js';
export * from './embedding-server.js';
