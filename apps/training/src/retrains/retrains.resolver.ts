import { Args, Context, ID, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { type GraphContext } from '@signalbox/platform';
import { RetrainEntity, RetrainStageEntity } from './retrain.entity.js';
import { TriggerRetrainInput } from './retrain.input.js';
import { RetrainType, RouterStub, RouterVersionStub, StageRecordType } from './retrain.type.js';
import { RetrainsService, versionIdOf, waitingFor } from './retrains.service.js';

@Resolver(() => RetrainType)
export class RetrainsResolver {
  constructor(private readonly retrains: RetrainsService) {}

  @Mutation(() => RetrainType, { description: 'Starts a walk through the loop for a router, and returns at once.' })
  triggerRetrain(
    @Args('input', { type: () => TriggerRetrainInput, description: 'What to retrain.' }) input: TriggerRetrainInput,
  ): Promise<RetrainType> {
    return this.retrains.trigger(input);
  }

  @Mutation(() => RetrainType, { description: 'Ends a retrain; the stage under way is not followed by another one.' })
  cancelRetrain(@Args('id', { type: () => ID, description: 'Id of the retrain.' }) id: string): Promise<RetrainType> {
    return this.retrains.cancel(id);
  }

  @Mutation(() => RetrainType, {
    description: 'Goes on with a retrain that failed or was cancelled, at the stage where it stood. Safe to repeat.',
  })
  resumeRetrain(@Args('id', { type: () => ID, description: 'Id of the retrain.' }) id: string): Promise<RetrainType> {
    return this.retrains.resume(id);
  }

  @Query(() => RetrainType, { nullable: true, description: 'One retrain; null when there is none of that id.' })
  retrain(@Args('id', { type: () => ID, description: 'Id of the retrain.' }) id: string): Promise<RetrainType | null> {
    return this.retrains.find(id);
  }

  @ResolveField('router', () => RouterStub, { description: 'The router that it is for.' })
  router(@Parent() { router }: RetrainEntity): RouterStub {
    return { name: router };
  }

  @ResolveField('stages', () => [StageRecordType], { description: 'Every stage of the loop, in order.' })
  async stages(@Parent() retrain: RetrainEntity, @Context() context: GraphContext): Promise<StageRecordType[]> {
    const stages = await this.stagesOf(retrain, context);
    return stages.map((stage) => Object.assign(stage, { waitingFor: waitingFor(stage, new Date()) }));
  }

  @ResolveField('version', () => RouterVersionStub, { nullable: true, description: 'The version that it registered.' })
  async version(@Parent() retrain: RetrainEntity, @Context() context: GraphContext): Promise<RouterVersionStub | null> {
    const id = versionIdOf(await this.stagesOf(retrain, context));
    return id === null ? null : { id };
  }

  private async stagesOf({ id }: RetrainEntity, { loaders }: GraphContext): Promise<RetrainStageEntity[]> {
    return (await loaders.load('stages', id, (ids) => this.retrains.stagesOf(ids))) ?? [];
  }
}
