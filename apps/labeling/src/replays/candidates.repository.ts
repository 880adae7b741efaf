import { isMissingView, needing } from '@signalbox/database';
import { Injectable } from '@nestjs/common';
import type { CandidatePrice } from '@signalbox/contracts';
import { DataSource } from 'typeorm';

export interface RouterCandidate extends CandidatePrice {
  aliases: string[];
  available: boolean;
}

/** The candidates that registry publishes; prices in USD per million tokens. */
@Injectable()
export class CandidatesRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * @param needs what cannot be done without, for the message
   * @throws SignalboxError DEPENDENCY_UNAVAILABLE
   */
  ofRouter(router: string, needs: string): Promise<RouterCandidate[]> {
    const rows = this.dataSource.query<RouterCandidate[]>(
      `select name, aliases, input_price as "inputPrice", output_price as "outputPrice", available
       from registry.candidate_v1 where router = $1 order by position`,
      [router],
    );
    return needing('registry', needs, rows);
  }

  /** All names of each of these candidates, their own among them: of the router where it is named. */
  async namesOf(candidates: readonly string[], router: string | null): Promise<Map<string, string[]>> {
    const known = router === null ? [] : await this.ofRouter(router, 'A replay for a router');
    return new Map(
      candidates.map((candidate) => {
        const names = known.map(({ name, aliases }) => [name, ...aliases]);
        const all = names.find((each) => each.some((name) => name.toLowerCase() === candidate.toLowerCase()));
        return [candidate, [candidate, ...(all ?? [])]];
      }),
    );
  }

  /** Prices by name, of the router where it is named, else of any that knows the candidate; empty where registry is not there. */
  async prices(names: readonly string[], router: string | null): Promise<Map<string, CandidatePrice>> {
    try {
      const rows = await this.dataSource.query<CandidatePrice[]>(
        `select distinct on (name) name, input_price as "inputPrice", output_price as "outputPrice"
         from registry.candidate_v1 where name = any($1::text[]) and ($2::text is null or router = $2) order by name, router`,
        [names, router],
      );
      return new Map(rows.map((row) => [row.name, row]));
    } catch (error) {
      if (isMissingView(error)) return new Map();
      throw error;
    }
  }
}
