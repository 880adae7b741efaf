import { Inject, Injectable, Logger } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { Forgotten, type ForgottenUser } from '@signalbox/database';
import { keyMark, userMac } from '@signalbox/platform';
import type { JobContext } from '@signalbox/queue';
import type { EntityManager } from 'typeorm';
import { LABELING_ENVIRONMENT, type LabelingEnvironment } from '../labeling.environment.js';
import { LabelRepository } from '../labels/label.repository.js';
import { ForgottenRepository } from './forgotten.repository.js';

/** Calls of one transaction, for which nobody labels. */
const CALLS = 1_000;
const USERS = 100;
/** Ids of users that are looked through at a time. */
const PAGE = 10_000;

/** Removes what labeling holds of calls and users that ingest has forgotten. */
@Injectable()
export class ForgetJob {
  private readonly log = new Logger('privacy');

  constructor(
    private readonly forgotten: Forgotten,
    private readonly repository: ForgottenRepository,
    private readonly labels: LabelRepository,
    @Inject(LABELING_ENVIRONMENT) private readonly environment: LabelingEnvironment,
  ) {}

  async isDue(): Promise<boolean> {
    return (await this.forgotten.isBehind('call')) || (await this.forgotten.isBehind('user'));
  }

  /** Goes on until nothing is left; it may be stopped or killed between any two statements. */
  async run({ signal, fence }: JobContext): Promise<void> {
    const calls = () =>
      this.forgotten.eraseNext('call', CALLS, fence, (manager, rows) => this.repository.eraseCalls(manager, rows));
    while (!signal.aborted && (await calls()) > 0);
    let unknown = 0;
    const users = () =>
      this.forgotten.eraseNext('user', USERS, fence, async (manager, rows) => {
        unknown += await this.eraseUsers(manager, rows);
      });
    while (!signal.aborted && (await users()) > 0);
    if (unknown === 0) return;
    this.log.warn(
      `${unknown} deleted users were named with an earlier SIGNALBOX_SECRET_KEY, so their feedback is not found: ask for them again`,
    );
  }

  /**
   * @returns of how many users the macs cannot be compared with ours
   * @throws SignalboxError ENVIRONMENT_INVALID when those that ingest makes by now cannot
   */
  private async eraseUsers(manager: EntityManager, users: readonly ForgottenUser[]): Promise<number> {
    const { secretKey } = this.environment;
    const ours = keyMark(secretKey);
    if ((await this.repository.newestKeyMark(manager)) !== ours) {
      throw new SignalboxError(
        'ENVIRONMENT_INVALID',
        'The SIGNALBOX_SECRET_KEY of labeling is not that of ingest, so feedback of users who were deleted is not found.',
      );
    }
    const known = users.filter((user) => user.keyMark === ours);
    const until = new Map(known.map(({ mac, forgottenAt }) => [mac, forgottenAt]));
    if (until.size > 0) await this.eraseFeedback(manager, until);
    return users.length - known.length;
  }

  /** @param until moments by macs */
  private async eraseFeedback(manager: EntityManager, until: ReadonlyMap<string, Date>): Promise<void> {
    const { secretKey } = this.environment;
    for (let page = await this.repository.users(manager, '', PAGE); page.length > 0;) {
      for (const userId of page) {
        const moment = until.get(userMac(userId, secretKey));
        if (!moment) continue;
        await this.labels.resolveCalls(manager, await this.repository.eraseUser(manager, userId, moment));
      }
      page = await this.repository.users(manager, page.at(-1) ?? '', PAGE);
    }
  }
}
