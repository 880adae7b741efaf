import { Directive, Field, Float, Int, ObjectType } from '@nestjs/graphql';
import { DateTime } from '@signalbox/contracts/graphql';
import { GraphQLJSON } from 'graphql-scalars';
import { RegistryGraph } from '../registry.graph.js';

@ObjectType('Candidate', { registerIn: () => RegistryGraph, description: 'An LLM that a router may choose.' })
export class CandidateType {
  @Field(() => String, { description: 'Unique within the router.' })
  name!: string;

  @Field(() => [String], { description: 'Other names of it in traces, in any case.' })
  aliases!: string[];

  @Field(() => Float, { nullable: true, description: 'USD per million input tokens.' })
  inputPrice!: number | null;

  @Field(() => Float, { nullable: true, description: 'USD per million output tokens.' })
  outputPrice!: number | null;

  @Field(() => Float, { nullable: true, description: 'USD per million input tokens that come from a cache.' })
  cachedInputPrice!: number | null;

  @Field(() => Int, { nullable: true, description: 'Longest prompt, in tokens.' })
  maxInputTokens!: number | null;

  @Field(() => Int, { nullable: true, description: 'Longest answer, in tokens.' })
  maxOutputTokens!: number | null;

  @Field(() => [String], { description: 'What it can do, e.g. `tools`.' })
  capabilities!: string[];

  @Field(() => [String], { description: 'Where it runs, e.g. `eu`.' })
  regions!: string[];

  @Field(() => Boolean, { description: 'Whether it may be chosen now.' })
  available!: boolean;
}

@ObjectType('Router', {
  registerIn: () => RegistryGraph,
  description: 'A family of versions that choose among the same candidates.',
})
@Directive('@key(fields: "name")')
export class RouterType {
  @Field(() => String, { description: 'Unique name.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'What it is for.' })
  description!: string | null;

  @Field(() => GraphQLJSON, {
    nullable: true,
    description: 'The calls that it learns from, as LlmCallFilter; null for all.',
  })
  filter!: unknown;

  @Field(() => GraphQLJSON, { nullable: true, description: 'What its versions must show, as GateInput.' })
  gate!: unknown;

  @Field(() => DateTime, { description: 'When it was made, UTC.' })
  createdAt!: Date;
}
