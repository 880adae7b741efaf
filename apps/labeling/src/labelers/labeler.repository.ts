import { Injectable } from '@nestjs/common';
import { MAX_LISTED, withinBound } from '@signalbox/database';
import { DataSource, type EntityManager } from 'typeorm';
import { labelerOf, type JudgeLabeler, type Labeler, type LabelerRow, type MetricLabeler } from './labeler.js';
import { textOfRule, type GroundTruth } from './labeler-settings.js';

const COLUMNS = 'id, name, kind, settings, sealed_credentials as "sealedCredentials"';

export interface NewLabeler extends LabelerRow {
  settingsMac: string;
}

@Injectable()
export class LabelerRepository {
  constructor(private readonly dataSource: DataSource) {}

  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.dataSource.transaction(work);
  }

  /** @returns the labeler of that name: the given one, or the one that was there, with its code of settings. @throws SignalboxError CONFLICT */
  async insertOrFind(
    manager: EntityManager,
    { id, name, kind, settings, sealedCredentials, settingsMac }: NewLabeler,
    truths: readonly GroundTruth[],
  ): Promise<{ labeler: Labeler; settingsMac: string }> {
    const inserted = await manager.query<unknown[]>(
      `insert into labeling.labeler (id, name, kind, settings, sealed_credentials, settings_mac)
       values ($1, $2, $3, $4, $5, $6) on conflict (name) do nothing returning id`,
      [id, name, kind, JSON.stringify(settings), sealedCredentials, settingsMac],
    );
    if (inserted.length > 0 && truths.length > 0) {
      await manager.query(
        'insert into labeling.ground_truth (labeler_id, target, answer) select $1, * from unnest($2::text[], $3::text[])',
        [id, truths.map(({ target }) => target), truths.map(({ answer }) => answer)],
      );
    }
    if (inserted.length > 0) await withinBound(manager, 'labeling.labeler', 'labelers');
    const [row] = await manager.query<(LabelerRow & { settingsMac: string })[]>(
      `select ${COLUMNS}, settings_mac as "settingsMac" from labeling.labeler where name = $1`,
      [name],
    );
    if (!row) throw new Error(`labeler ${name} is gone`);
    return { labeler: labelerOf(row), settingsMac: row.settingsMac };
  }

  async all(): Promise<Labeler[]> {
    const rows = await this.dataSource.query<LabelerRow[]>(
      `select ${COLUMNS} from labeling.labeler order by name limit ${MAX_LISTED}`,
    );
    return rows.map(labelerOf);
  }

  async metrics(): Promise<MetricLabeler[]> {
    return (await this.all()).filter((labeler) => labeler.kind === 'METRIC');
  }

  async judges(): Promise<JudgeLabeler[]> {
    return (await this.all()).filter((labeler) => labeler.kind === 'JUDGE');
  }

  async byId(id: string): Promise<Labeler | null> {
    const [row] = await this.dataSource.query<LabelerRow[]>(`select ${COLUMNS} from labeling.labeler where id = $1`, [
      id,
    ]);
    return row ? labelerOf(row) : null;
  }

  /** Known answers of these labelers to these targets. */
  truths(labelerIds: readonly string[], targets: readonly string[]): Promise<(GroundTruth & { labelerId: string })[]> {
    return this.dataSource.query(
      `select labeler_id as "labelerId", target, answer from labeling.ground_truth
       where labeler_id = any($1::uuid[]) and target = any($2::text[])`,
      [labelerIds, targets],
    );
  }

  /** All rules of these labelers, in order of their texts. */
  async rules(labelerIds: readonly string[]): Promise<Map<string, { text: string; answer: string }[]>> {
    const rows = await this.dataSource.query<(GroundTruth & { labelerId: string })[]>(
      `select labeler_id as "labelerId", target, answer from labeling.ground_truth
       where labeler_id = any($1::uuid[]) and target like 'rule %' order by labeler_id, target`,
      [labelerIds],
    );
    const rules = rows.flatMap(({ labelerId, target, answer }) => {
      const text = textOfRule(target);
      return text === null ? [] : [{ labelerId, text, answer }];
    });
    return Map.groupBy(rules, ({ labelerId }) => labelerId);
  }
}
