import type { Coverage, Extraction } from '@signalbox/spans';
import type { EntityManager } from 'typeorm';
import { ExtractionEntity } from './extraction.entity.js';

/** What became of the calls in a part of an extraction. */
export interface StoredPart {
  extracted: Extraction;
  /** Calls that were new. */
  stored: number;
  superseded: number;
  /** Calls that were not stored: they or their user were forgotten, or they are older than their source keeps. */
  refused: Readonly<Record<'forgotten' | 'expired', number>>;
}

/** Calls of the part that were there before, in the part or in the database. */
export const duplicatesOf = ({ extracted, stored, refused }: StoredPart): number =>
  extracted.duplicates + extracted.calls.length - refused.forgotten - refused.expired - stored;

/** Spans whose call is not stored, by reason. */
export const skippedOf = ({ extracted, refused }: StoredPart): Partial<Record<string, number>> => ({
  ...extracted.skipped,
  ...Object.fromEntries(Object.entries(refused).filter(([, count]) => count > 0)),
});

/** Adds a part to the figures of its extraction, whose row is locked. */
export async function addToExtraction(
  manager: EntityManager,
  extraction: ExtractionEntity,
  part: StoredPart,
): Promise<void> {
  const { extracted, stored, superseded } = part;
  await manager.update(
    ExtractionEntity,
    { id: extraction.id },
    {
      spansRead: extraction.spansRead + extracted.spansRead,
      callsStored: extraction.callsStored + stored,
      callsDuplicate: extraction.callsDuplicate + duplicatesOf(part),
      callsSuperseded: extraction.callsSuperseded + superseded,
      spansMerged: extraction.spansMerged + extracted.spansMerged,
      skipped: addCounts(extraction.skipped, skippedOf(part)),
      coverage: addCoverage(extraction.coverage, extracted.coverage),
    },
  );
}

/** Counts spans whose trace cannot be read and is set aside; the row of the extraction is locked. */
export async function addSetAside(manager: EntityManager, extraction: ExtractionEntity, spans: number): Promise<void> {
  await manager.update(
    ExtractionEntity,
    { id: extraction.id },
    { spansRead: extraction.spansRead + spans, skipped: addCounts(extraction.skipped, { set_aside: spans }) },
  );
}

function addCounts(sum: Record<string, number>, more: Partial<Record<string, number>>): Record<string, number> {
  const result = { ...sum };
  for (const [name, count] of Object.entries(more)) result[name] = (result[name] ?? 0) + (count ?? 0);
  return result;
}

function addCoverage(sum: Partial<Coverage>, { byDialect, ...counts }: Coverage): Coverage {
  const { byDialect: dialects, ...before } = sum;
  return { ...counts, ...addCounts(before, counts), byDialect: addCounts(dialects ?? {}, byDialect) };
}
