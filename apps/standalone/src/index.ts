export { STANDALONE_VARIABLES, standaloneEnvironmentOf, type StandaloneEnvironment } from './environment.js';
export { SERVICE_DATABASES, SERVICES_IN_ORDER } from './services.js';
export { startStandalone, type RunningStandalone } from './start-standalone.js';
