export { AddressPolicy } from './address-policy.js';
export { AwsRolePolicy } from './aws-role-policy.js';
export * from './http-client.js';
export { endpointOf, Outbound, refusalIn, type OutboundRequest } from './outbound.js';
