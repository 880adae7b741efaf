import { Directive, Field, ID, ObjectType } from '@nestjs/graphql';
import { LabelingGraph } from '../labeling.graph.js';

@ObjectType('LlmCall', { registerIn: () => LabelingGraph })
@Directive('@key(fields: "id")')
export class LlmCallType {
  @Field(() => ID)
  id!: string;
}
