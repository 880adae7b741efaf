import { Args, Context, Int, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { DateTime } from '@signalbox/contracts/graphql';
import { type GraphContext } from '@signalbox/platform';
import { RouterEntity } from '../routers/router.entity.js';
import { RouterType } from '../routers/router.type.js';
import { RoutersRepository } from '../routers/routers.repository.js';
import { VersionReader } from '../versions/version-reader.js';
import { VersionEntity } from '../versions/version.entity.js';
import { RouterVersionType } from '../versions/version.type.js';
import { DeploymentEntity } from './deployment.entity.js';
import { DeploymentType } from './deployment.type.js';
import { CHAMPION, DeploymentsService } from './deployments.service.js';

@Resolver(() => DeploymentType)
export class DeploymentsResolver {
  constructor(
    private readonly deployments: DeploymentsService,
    private readonly versions: VersionReader,
    private readonly routers: RoutersRepository,
  ) {}

  @Query(() => DeploymentType, {
    nullable: true,
    description: 'Which version an alias pointed to at a moment, and so what was in production then.',
  })
  deployedAt(
    @Args('router', { type: () => String, description: 'Name of the router.' }) router: string,
    @Args('alias', { type: () => String, nullable: true, defaultValue: CHAMPION, description: 'The alias.' })
    alias: string | null,
    @Args('at', { type: () => DateTime, description: 'The moment, UTC.' }) at: Date,
  ): Promise<DeploymentEntity | null> {
    return this.deployments.deployedAt(router, alias ?? CHAMPION, at);
  }

  @Mutation(() => DeploymentType, {
    description:
      'Points an alias to a version whose gate passed; for `champion`, against the champion of now, unless the version was champion before.',
  })
  promote(
    @Args('router', { type: () => String, description: 'Name of the router.' }) router: string,
    @Args('version', { type: () => Int, description: 'Number of the version.' }) version: number,
    @Args('alias', { type: () => String, nullable: true, defaultValue: CHAMPION, description: 'The alias to move.' })
    alias: string | null,
    @Args('override', {
      type: () => String,
      nullable: true,
      description:
        'The reason to promote a version whose gate did not pass or compared it with another champion; it is recorded with your name.',
    })
    override: string | null,
  ): Promise<DeploymentEntity> {
    return this.deployments.promote(router, version, alias ?? CHAMPION, override ?? null);
  }

  @Mutation(() => DeploymentType, {
    description:
      'Points an alias to where it pointed before; each call goes back one deployment. Give `from` to make it safe to repeat.',
  })
  rollback(
    @Args('router', { type: () => String, description: 'Name of the router.' }) router: string,
    @Args('alias', { type: () => String, nullable: true, defaultValue: CHAMPION, description: 'The alias to move.' })
    alias: string | null,
    @Args('from', {
      type: () => Int,
      nullable: true,
      description:
        'Number of the version that you expect to be live; CONFLICT when another one is, e.g. after a repeat.',
    })
    from: number | null,
  ): Promise<DeploymentEntity> {
    return this.deployments.rollback(router, alias ?? CHAMPION, from ?? null);
  }

  @ResolveField(() => RouterType, { description: 'The router.' })
  router(@Parent() { routerId }: DeploymentEntity, @Context() { loaders }: GraphContext): Promise<RouterEntity | null> {
    return loaders.load('router by id', routerId, (ids) => this.routers.byId(ids));
  }

  @ResolveField(() => RouterVersionType, { description: 'The version that the alias points to since.' })
  version(
    @Parent() { versionId }: DeploymentEntity,
    @Context() { loaders }: GraphContext,
  ): Promise<VersionEntity | null> {
    return loaders.load('version', versionId, (ids) => this.versions.byId(ids));
  }

  @ResolveField(() => RouterVersionType, { nullable: true, description: 'The version that it pointed to before.' })
  async replaced(
    @Parent() { replacedId }: DeploymentEntity,
    @Context() { loaders }: GraphContext,
  ): Promise<VersionEntity | null> {
    return replacedId === null ? null : loaders.load('version', replacedId, (ids) => this.versions.byId(ids));
  }
}
