import { Inject, Injectable } from '@nestjs/common';
import { SignalboxError, type CandidateScoreRecord } from '@signalbox/contracts';
import { needing } from '@signalbox/database';
import { OwnEmbedder } from '@signalbox/embedders';
import type { ObjectStore } from '@signalbox/object-store';
import { decide, loadVersion, nameOfSpace, sameSpace, type LoadedVersion } from '@signalbox/runtime';
import { DataSource } from 'typeorm';
import { OBJECT_STORE } from '../labeling.environment.js';

/** A version that an alias pointed to when a replay was asked for; later moves of the alias change nothing. */
export interface DeployedVersion {
  version: number;
  manifestSha256: string;
}

/** What a version of a router makes of a prompt. */
export interface Choice {
  /** The greedy one: the one that it takes when it does not explore. */
  candidate: string;
  /** Predicted score of each candidate that it could choose, in no order. */
  expectedQuality: ReadonlyMap<string, number>;
  /** By how much the best of these exceeds the next one; 1 where there is but one. */
  margin: number;
}

/** Above every exploration that a version may have but 1, of which no choice is greedy. */
const NOT_EXPLORING = 1 - Number.EPSILON;

/** What versions of routers choose, as registry deployed them. */
@Injectable()
export class RouterChoices {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
    private readonly embedder: OwnEmbedder,
  ) {}

  /** @throws SignalboxError NOT_FOUND, DEPENDENCY_UNAVAILABLE */
  async deployed(router: string, alias: 'champion' | 'challenger'): Promise<DeployedVersion> {
    const rows = this.dataSource.query<DeployedVersion[]>(
      `select v.version, v.manifest_sha256 as "manifestSha256" from registry.alias_v1 a
       join registry.version_v1 v on v.version_id = a.version_id where a.router = $1 and a.alias = $2`,
      [router, alias],
    );
    const [found] = await needing('registry', 'A replay of what a router chooses', rows);
    if (found) return found;
    throw new SignalboxError(
      'NOT_FOUND',
      `The router ${JSON.stringify(router)} has no ${alias}.`,
      `Give a version of it that alias first: promote(router, version, alias: "${alias}").`,
    );
  }

  /** @throws SignalboxError ARTIFACT_CORRUPT, ARTIFACT_INVALID, NOT_FOUND, DEPENDENCY_UNAVAILABLE */
  async load(router: string, { version, manifestSha256 }: DeployedVersion): Promise<LoadedVersion> {
    const loaded = await loadVersion(this.store, router, version, manifestSha256);
    if (!loaded.ok) throw new SignalboxError(loaded.error.code, loaded.error.hint);
    const { embedding, name } = loaded.value;
    const own = embedding && (await this.embedder.space());
    if (embedding && own && !sameSpace(embedding, own)) {
      const [read, made] = [nameOfSpace(embedding), nameOfSpace(own)];
      throw new SignalboxError('ARTIFACT_INVALID', `${name} reads vectors of ${read}; this process makes ${made}.`);
    }
    return loaded.value;
  }

  /**
   * @param vector null where there is none: the prompt counts as unfamiliar
   * @param candidates to choose from, by the names of the version; null for all
   * @returns null where it may choose none: the prompt is longer than any of them takes
   * @throws SignalboxError INVALID_INPUT, ARTIFACT_INVALID
   */
  of(
    version: LoadedVersion,
    vector: Float32Array | null,
    { inputTokens, candidates }: { inputTokens: number | null; candidates: string[] | null },
  ): Choice | null {
    const decided = decide(version, version.embedding === null ? null : vector, {
      u: NOT_EXPLORING,
      ...(inputTokens !== null && { inputTokens }),
      ...(candidates !== null && { candidates }),
    });
    if (!decided.ok && decided.error.code === 'NO_CANDIDATE_ALLOWED') return null;
    if (!decided.ok) throw new SignalboxError(decided.error.code, decided.error.hint);
    const { scores } = decided.value;
    const expectedQuality = new Map(scores.map((score) => [score.candidate, score.expectedQuality]));
    const [best = 1, next = best - 1] = [...expectedQuality.values()].sort((a, b) => b - a);
    return { candidate: greedy(scores), expectedQuality, margin: best - next };
  }
}

/** Exploring gives each the same; what is above it is the greedy one's. */
function greedy(scores: readonly CandidateScoreRecord[]): string {
  const [first] = [...scores].sort((left, right) => right.probability - left.probability);
  if (!first) throw new Error('a decision without a score');
  return first.candidate;
}
