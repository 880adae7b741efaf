export { generateTraffic, type SampleCall, type Traffic, type TrafficOptions } from './traffic.js';
export { startSampleServers, type SampleServers, type SampleServersOptions } from './servers.js';
export { SCENARIOS, type Scenario } from './skills.js';
