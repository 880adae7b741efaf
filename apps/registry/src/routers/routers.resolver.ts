import { Args, Context, Int, Mutation, Parent, Query, ResolveField, Resolver, ResolveReference } from '@nestjs/graphql';
import type { Connection } from '@signalbox/contracts/graphql';
import { type GraphContext } from '@signalbox/platform';
import { CHALLENGER, CHAMPION } from '../deployments/deployments.service.js';
import { VersionReader } from '../versions/version-reader.js';
import { RouterVersionConnection, RouterVersionType } from '../versions/version.type.js';
import { VersionEntity } from '../versions/version.entity.js';
import { RouterAnnouncer } from './router-announcer.js';
import { RouterEntity } from './router.entity.js';
import { CreateRouterInput } from './router.input.js';
import { CandidateType, RouterType } from './router.type.js';
import { RoutersRepository } from './routers.repository.js';
import { RoutersService } from './routers.service.js';

@Resolver(() => RouterType)
export class RoutersResolver {
  constructor(
    private readonly service: RoutersService,
    private readonly repository: RoutersRepository,
    private readonly announcer: RouterAnnouncer,
    private readonly versionReader: VersionReader,
  ) {}

  @Query(() => [RouterType], { description: 'Every router, by name.' })
  routers(): Promise<RouterEntity[]> {
    return this.repository.all();
  }

  @Query(() => RouterType, { nullable: true, description: 'One router.' })
  router(@Args('name', { type: () => String, description: 'Its name.' }) name: string): Promise<RouterEntity | null> {
    return this.repository.findByName(name);
  }

  @Mutation(() => RouterType, {
    description: 'Makes a router. Its version 1, the best single candidate by the labels there are, decides at once.',
  })
  async createRouter(
    @Args('input', { type: () => CreateRouterInput, description: 'Name, candidates and limits.' })
    input: CreateRouterInput,
  ): Promise<RouterEntity> {
    const router = await this.service.create(input);
    await this.announcer.announce(router);
    return router;
  }

  /** Without parameter decorators: with any of them Nest leaves out the reference. */
  @ResolveReference()
  reference({ name }: { name: string }, { loaders }: GraphContext): Promise<RouterEntity | null> {
    return loaders.load('router by name', name, (names) => this.repository.byName(names));
  }

  @ResolveField(() => [CandidateType], { description: 'The LLMs that it may choose, in the order they were named.' })
  async candidates(@Parent() { id }: RouterEntity, @Context() { loaders }: GraphContext): Promise<CandidateType[]> {
    return (await loaders.load('candidates', id, (ids) => this.repository.candidatesOf(ids))) ?? [];
  }

  @ResolveField(() => RouterVersionType, { nullable: true, description: 'The version that decides.' })
  champion(@Parent() { id }: RouterEntity, @Context() { loaders }: GraphContext): Promise<VersionEntity | null> {
    return loaders.load(CHAMPION, id, (ids) => this.versionReader.pointedTo(ids, CHAMPION));
  }

  @ResolveField(() => RouterVersionType, {
    nullable: true,
    description: 'The version that an alias `challenger` points to.',
  })
  challenger(@Parent() { id }: RouterEntity, @Context() { loaders }: GraphContext): Promise<VersionEntity | null> {
    return loaders.load(CHALLENGER, id, (ids) => this.versionReader.pointedTo(ids, CHALLENGER));
  }

  @ResolveField(() => RouterVersionConnection, { description: 'Its versions, newest first.' })
  versions(
    @Parent() { id }: RouterEntity,
    @Args('first', { type: () => Int, nullable: true, description: '1 to 200; 50 when absent.' }) first: number | null,
    @Args('after', { type: () => String, nullable: true, description: 'Cursor of the last one seen.' })
    after: string | null,
  ): Promise<Connection<VersionEntity>> {
    return this.versionReader.page(id, first, after);
  }
}
