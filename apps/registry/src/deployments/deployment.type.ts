import { Field, ID, ObjectType } from '@nestjs/graphql';
import { DateTime } from '@signalbox/contracts/graphql';
import { RegistryGraph } from '../registry.graph.js';

@ObjectType('Deployment', { registerIn: () => RegistryGraph, description: 'One move of an alias to a version.' })
export class DeploymentType {
  @Field(() => ID, { description: 'uuid v7.' })
  id!: string;

  @Field(() => String, { description: 'The alias that was moved, e.g. `champion`.' })
  alias!: string;

  @Field(() => DateTime, { description: 'When, UTC.' })
  deployedAt!: Date;

  @Field(() => String, { description: 'Who moved it: a retrain or a user.' })
  deployedBy!: string;

  @Field(() => String, { description: "URL of the alias' pointer, which names version and sha256." })
  uri!: string;
}
