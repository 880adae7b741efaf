import type { DynamicModule } from '@nestjs/common';
import type { ServiceName } from '@signalbox/contracts';
import type { ServiceEnvironment } from '../environment.js';
import { subgraph, type SubgraphOptions } from '../graph/subgraph.module.js';
import { ResourceModule } from './resource.js';
import { serviceResources, type Entities, type ServiceEdges } from './service-resources.js';

export interface ServiceMakeup extends SubgraphOptions {
  service: ServiceName;
  /** Of TypeORM. */
  entities: Entities;
}

/** What every service imports: its database and queue, and its GraphQL endpoint unless it only works on jobs. */
export function serviceImports(
  { service, entities, ...graph }: ServiceMakeup,
  environment: ServiceEnvironment,
  edges?: ServiceEdges,
): DynamicModule[] {
  const resources = ResourceModule.of(serviceResources(service, environment, entities, edges));
  return environment.role === 'worker' ? [resources] : [resources, subgraph(graph)];
}
