export { standaloneEnvironmentOf, type StandaloneEnvironment } from './environment.js';
export { startStandalone, type RunningStandalone } from './start-standalone.js';
