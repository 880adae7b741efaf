import { Injectable, Logger } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { Turns } from '@signalbox/database';
import { ForgottenRepository, type OpenErasure } from './forgotten.repository.js';

/** Of each look for what was broken off. */
const ERASURES = 10;

@Injectable()
export class UserDataService {
  private readonly log = new Logger('privacy');
  /** An erasure has the database for itself, so that more of them at once only take connections from others. */
  private readonly turns = new Turns();

  constructor(private readonly forgotten: ForgottenRepository) {}

  /**
   * Removes the user's calls, and has the other services remove what they hold of them and of the user. What a stop breaks off
   * is ended by `goOn`.
   * @returns how many calls there were
   * @throws SignalboxError INVALID_INPUT
   */
  async delete(userId: string): Promise<number> {
    if (userId.trim() === '') {
      throw new SignalboxError('INVALID_INPUT', 'userId: expected the id of a user, found nothing but white space');
    }
    const end = await this.turns.take();
    try {
      return await this.erase(await this.forgotten.forgetUser(userId));
    } finally {
      end();
    }
  }

  /** Ends erasures that were broken off. */
  async goOn(): Promise<void> {
    for (const open of await this.forgotten.openErasures(ERASURES)) await this.erase(open);
  }

  private async erase(open: OpenErasure): Promise<number> {
    const condition = 'call.user_id = $2 and call.started_at < $3::timestamptz';
    const calls = await this.forgotten.forget({ condition, values: [open.userId, open.until], removal: 'forGood' });
    await this.forgotten.endErasure(open);
    this.log.log(`deleteUserData removed ${calls} calls of one user`);
    return calls;
  }
}
