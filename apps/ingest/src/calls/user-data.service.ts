import { Injectable, Logger } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { ForgottenRepository } from './forgotten.repository.js';

@Injectable()
export class UserDataService {
  private readonly log = new Logger('privacy');

  constructor(private readonly forgotten: ForgottenRepository) {}

  /**
   * Removes the user's calls, and has the other services remove what they hold of them and of the user.
   * @returns how many calls there were
   * @throws SignalboxError INVALID_INPUT
   */
  async delete(userId: string): Promise<number> {
    if (userId.trim() === '') {
      throw new SignalboxError('INVALID_INPUT', 'userId: expected the id of a user, found nothing but white space');
    }
    await this.forgotten.forgetUser(userId);
    const calls = await this.forgotten.forget({ condition: 'call.user_id = $2', values: [userId] });
    this.log.log(`deleteUserData removed ${calls} calls of one user`);
    return calls;
  }
}
