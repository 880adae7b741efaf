import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { decide } from '@signalbox/runtime';
import { v7 as uuidv7 } from 'uuid';
import { accepted } from '../accepted.js';
import { CHAMPION } from '../deployments/deployments.service.js';
import { knowsNothing } from '../routers/first-model.js';
import type { DecideArgs } from './decision.input.js';
import type { DecisionType } from './decision.type.js';
import { QueryEmbedder } from './query-embedder.js';
import { ServedVersions } from './served-versions.js';

const DRAW_BYTES = 6; // 48 bits, which a double holds exactly

@Injectable()
export class DecisionsService {
  constructor(
    private readonly versions: ServedVersions,
    private readonly embedder: QueryEmbedder,
  ) {}

  /**
   * @throws SignalboxError NOT_FOUND, NO_CANDIDATE_ALLOWED, INVALID_INPUT, and ARTIFACT_CORRUPT or ARTIFACT_INVALID when no version
   *   can be loaded and none is in memory
   */
  async decide(asked: DecideArgs): Promise<DecisionType> {
    const { router, query, sessionId, tradeoff } = asked;
    if (query.trim() === '') throw new SignalboxError('INVALID_INPUT', 'query: there is no text to decide by');
    const version = await this.versions.current(router, asked.alias ?? CHAMPION);
    const vector = await this.embedder.vectorOf(query, version);
    const options = {
      u: drawOf(router, sessionId ?? null),
      tradeoff: tradeoff ? { usd: tradeoff.usd ?? 0, seconds: tradeoff.seconds ?? 0 } : undefined,
      candidates: asked.candidates ?? undefined,
      requires: asked.requires ?? undefined,
      inputTokens: asked.inputTokens ?? undefined,
    };
    const start = process.hrtime.bigint();
    const decision = accepted(decide(version, vector, options));
    const took = process.hrtime.bigint() - start;
    return {
      ...decision,
      scores: knowsNothing(version.manifest) ? [] : decision.scores,
      id: uuidv7(),
      decidedInMicroseconds: Math.ceil(Number(took) / 1_000),
    };
  }
}

/** Uniform on [0, 1). The turns of a conversation share theirs, so that exploring does not change the candidate in its midst. */
function drawOf(router: string, sessionId: string | null): number {
  const bytes =
    sessionId === null
      ? randomBytes(DRAW_BYTES)
      : createHash('sha256')
          .update(JSON.stringify([router, sessionId]))
          .digest();
  return bytes.readUIntBE(0, DRAW_BYTES) / 2 ** (8 * DRAW_BYTES);
}
