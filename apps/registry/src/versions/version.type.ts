import { Directive, Field, Float, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { DateTime, connectionOf } from '@signalbox/contracts/graphql';
import { GraphQLJSON } from 'graphql-scalars';
import { RegistryGraph } from '../registry.graph.js';
import { VersionStatus } from './version.entity.js';

registerEnumType(VersionStatus, {
  name: 'VersionStatus',
  description: 'Where a version stands.',
  registerIn: () => RegistryGraph,
  valuesMap: {
    CANDIDATE: { description: 'Registered; its gate has not run.' },
    VALIDATED: { description: 'Its gate passed, or it is a first version, which needs none.' },
    REJECTED: { description: 'Its gate did not pass.' },
    ARCHIVED: { description: 'Not to be used any more.' },
  },
});

@ObjectType('Artifact', { registerIn: () => RegistryGraph, description: 'The files of a version in the object store.' })
export class ArtifactType {
  @Field(() => String, { description: 'URL of the manifest.' })
  uri!: string;

  @Field(() => String, {
    description: 'sha256 of the manifest, which holds the sha256 of every other file; 64 hex digits.',
  })
  sha256!: string;

  @Field(() => Int, { description: 'Bytes of all files together.' })
  bytes!: number;

  @Field(() => Boolean, { description: 'Whether the manifest is signed.' })
  signed!: boolean;

  @Field(() => GraphQLJSON, { description: 'The manifest, as docs/artefacts.md describes it.' })
  manifest!: unknown;
}

@ObjectType('GateCheck', { registerIn: () => RegistryGraph, description: 'One condition of the gate.' })
export class GateCheckType {
  @Field(() => String, { description: 'What is checked.' })
  name!: string;

  @Field(() => Boolean, { description: 'Whether it holds.' })
  passed!: boolean;

  @Field(() => String, { description: 'What was measured, with its unit.' })
  measured!: string;

  @Field(() => String, { description: 'What is required, with its unit.' })
  required!: string;
}

@ObjectType('GateReport', { registerIn: () => RegistryGraph, description: 'Whether a version may go live, and why.' })
export class GateReportType {
  @Field(() => Boolean, { description: 'Whether every check holds. An override does not change it.' })
  passed!: boolean;

  @Field(() => Float, {
    nullable: true,
    description: 'Chance to pass again on as many fresh prompts if the measured differences are true, 0..1.',
  })
  power!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'How many more prompts would bring the power to 80 %; null when no number would.',
  })
  promptsNeeded!: number | null;

  @Field(() => [GateCheckType], { description: 'Every condition.' })
  checks!: GateCheckType[];

  @Field(() => [String], {
    description:
      'What stands behind the outcomes and is no condition: judges that count without having passed their gate.',
  })
  notes!: string[];

  @Field(() => String, { nullable: true, description: 'Who promoted the version although its gate did not pass.' })
  overriddenBy!: string | null;

  @Field(() => String, { nullable: true, description: 'The reason that was given for it.' })
  overrideReason!: string | null;
}

@ObjectType('TrainingRun', { registerIn: () => RegistryGraph })
@Directive('@key(fields: "id", resolvable: false)')
export class TrainingRunStub {
  @Field(() => ID)
  id!: string;
}

@ObjectType('RouterVersion', { registerIn: () => RegistryGraph, description: 'One immutable artefact of a router.' })
@Directive('@key(fields: "id")')
export class RouterVersionType {
  @Field(() => ID, { description: 'uuid v7.' })
  id!: string;

  @Field(() => Int, { description: 'Counts from 1; 7 in `support-bot@7`.' })
  version!: number;

  @Field(() => String, { description: 'constant, kmeans, knn or ridge.' })
  routerType!: string;

  @Field(() => VersionStatus, { description: 'Where it stands.' })
  status!: VersionStatus;

  @Field(() => DateTime, { description: 'When it was registered, UTC.' })
  createdAt!: Date;

  @Field(() => String, { description: 'Who registered it: a retrain or a user.' })
  createdBy!: string;
}

export const RouterVersionConnection = connectionOf(
  'RouterVersion',
  () => RouterVersionType,
  () => RegistryGraph,
);
