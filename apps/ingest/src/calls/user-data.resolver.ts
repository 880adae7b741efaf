import { Args, Int, Mutation, Resolver } from '@nestjs/graphql';
import { UserDataService } from './user-data.service.js';

@Resolver()
export class UserDataResolver {
  constructor(private readonly userData: UserDataService) {}

  @Mutation(() => Int, {
    description:
      'Removes the calls of a user, for good: read again, those that started until now are not stored. Within moments the other services remove labels, feedback, replayed answers, vectors and rows of datasets that came of them. Answers how many calls were removed; 0 when repeated. See docs/privacy.md.',
  })
  deleteUserData(
    @Args('userId', { type: () => String, description: 'As the traces and the feedback name the user.' })
    userId: string,
  ): Promise<number> {
    return this.userData.delete(userId);
  }
}
