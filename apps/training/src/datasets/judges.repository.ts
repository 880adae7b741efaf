import { Injectable } from '@nestjs/common';
import type { JudgeRecord } from '@signalbox/contracts';
import { dependencyFailure } from '@signalbox/database';
import { DataSource } from 'typeorm';

const NEVER_MEASURED = 'It has not been compared with people yet.';

/** What labeling says of judges. */
@Injectable()
export class JudgesRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** @param outcomes by `name@version`. @returns in order of the names. @throws SignalboxError DEPENDENCY_UNAVAILABLE */
  async of(outcomes: Readonly<Record<string, number>>): Promise<JudgeRecord[]> {
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
