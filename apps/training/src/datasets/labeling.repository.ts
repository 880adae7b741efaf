import { Injectable } from '@nestjs/common';
import type { JudgeRecord } from '@signalbox/contracts';
import { dependencyFailure } from '@signalbox/database';
import { DEFAULT_LABEL_POLICY, labelPolicy, type LabelPolicy } from '@signalbox/scoring';
import { DataSource } from 'typeorm';

const NEVER_MEASURED = 'It has not been compared with people yet.';

/** What labeling says of its judges and of how labels became performances. */
@Injectable()
export class LabelingRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** The policy that the stored performances were resolved by. @throws SignalboxError DEPENDENCY_UNAVAILABLE */
  async policy(): Promise<LabelPolicy> {
    try {
      const [row] = await this.dataSource.query<{ policy: string }[]>('select policy from labeling.label_policy_v1');
      return row ? labelPolicy.parse(JSON.parse(row.policy)) : DEFAULT_LABEL_POLICY;
    } catch (error) {
      throw dependencyFailure(error, 'A dataset', 'labeling');
    }
  }

  /** @param outcomes by `name@version`. @returns in order of the names. @throws SignalboxError DEPENDENCY_UNAVAILABLE */
  async judges(outcomes: Readonly<Record<string, number>>): Promise<JudgeRecord[]> {
    const names = Object.keys(outcomes).sort();
    if (names.length === 0) return [];
    const rows = await this.gates(names);
    const gates = new Map(rows.map((row) => [row.labeler, row]));
    return names.map((judge) => ({
      ...{ judge, outcomes: outcomes[judge] ?? 0 },
      passedGate: gates.get(judge)?.passesGate ?? false,
      reason: gates.get(judge)?.reason ?? NEVER_MEASURED,
    }));
  }

  private async gates(
    labelers: readonly string[],
  ): Promise<{ labeler: string; passesGate: boolean; reason: string }[]> {
    try {
      return await this.dataSource.query(
        'select labeler, passes_gate as "passesGate", reason from labeling.judge_gate_v1 where labeler = any($1::text[])',
        [labelers],
      );
    } catch (error) {
      throw dependencyFailure(error, 'A dataset', 'labeling');
    }
  }
}
