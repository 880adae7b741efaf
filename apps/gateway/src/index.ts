export { GATEWAY_VARIABLES } from './environment.js';
export { startGateway, type GatewayOptions, type RunningGateway } from './start-gateway.js';
