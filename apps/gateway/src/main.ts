import { Logger } from '@nestjs/common';
import { jsonLogger, processEnvironment, runMain } from '@signalbox/platform';
import { gatewayEnvironmentOf } from './environment.js';
import { startGateway } from './start-gateway.js';

await runMain(async () => {
  const { port, host, logLevel, ...services } = gatewayEnvironmentOf(processEnvironment());
  const log = jsonLogger('gateway', logLevel);
  Logger.overrideLogger(log); // what libraries say beside Nest's own applications
  const running = await startGateway({ port, host, services, log });
  log.log(`GraphQL at ${running.url}`);
  return running;
});
