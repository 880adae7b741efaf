export { AddressPolicy } from './address-policy.js';
export * from './http-client.js';
export { endpointOf, Outbound, refusalIn, type OutboundRequest } from './outbound.js';
