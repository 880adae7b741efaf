import { Directive, Field, Float, ID, ObjectType } from '@nestjs/graphql';
import { EmbeddingGraph } from '../embedding.graph.js';

@ObjectType('LlmCall', { registerIn: () => EmbeddingGraph })
@Directive('@key(fields: "id", resolvable: false)')
export class LlmCallStub {
  @Field(() => ID)
  id!: string;
}

@ObjectType('SimilarCall', { registerIn: () => EmbeddingGraph, description: 'A call whose prompt is near a text.' })
export class SimilarCallType {
  @Field(() => LlmCallStub, { description: 'A call that asked it; one for each distinct text.' })
  call!: LlmCallStub;

  @Field(() => Float, { description: 'Cosine of the two vectors, -1..1; 1 for the same text.' })
  similarity!: number;
}
