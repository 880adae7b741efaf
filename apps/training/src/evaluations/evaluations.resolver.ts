import { Resolver, ResolveReference } from '@nestjs/graphql';
import { type GraphContext } from '@signalbox/platform';
import { EvaluationType } from './evaluation.type.js';
import { EvaluationsRepository } from './evaluations.repository.js';

@Resolver(() => EvaluationType)
export class EvaluationsResolver {
  constructor(private readonly evaluations: EvaluationsRepository) {}

  @ResolveReference()
  reference({ id }: { id: string }, { loaders }: GraphContext): Promise<EvaluationType | null> {
    return loaders.load('Evaluation', id, (ids) => this.evaluations.byId(ids));
  }
}
