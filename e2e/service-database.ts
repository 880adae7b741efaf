import pg from 'pg';

const SERVICES = ['ingest', 'labeling', 'embedding', 'training', 'registry'];

/** What an administrator sees and does in the database of all services. */
export class ServiceDatabase {
  private constructor(private readonly client: pg.Client) {}

  static async open(adminUrl: string): Promise<ServiceDatabase> {
    const client = new pg.Client(adminUrl);
    await client.connect();
    return new ServiceDatabase(client);
  }

  close(): Promise<void> {
    return this.client.end();
  }

  /** Work that some process holds now. */
  async leases(): Promise<number> {
    const held = SERVICES.map((service) => `select key from ${service}.lease`);
    return (await this.client.query(held.join(' union all '))).rows.length;
  }

  /** While a column refuses text, what writes it fails as nobody foresaw, with the whole row in the detail of the error. */
  async refusing(table: string, column: string, work: () => Promise<void>): Promise<void> {
    await this.client.query(`alter table ${table} add constraint refused check (${column} is null) not valid`);
    try {
      await work();
    } finally {
      await this.client.query(`alter table ${table} drop constraint refused`);
    }
  }

  /** Texts of prompts and answers that any service has read, asked for or written, where longer than `atLeast` characters. */
  async texts(atLeast: number): Promise<string[]> {
    const { rows } = await this.client.query<{ text: string }>(
      `select distinct text from (
        select query as text from ingest.llm_call
        union all select response from ingest.llm_call
        union all select content #>> '{}' from ingest.llm_call, jsonb_path_query(messages, '$[*].content') content
        union all select response from labeling.replay_cell
        union all select rationale from labeling.verdict
        union all select answer from labeling.ground_truth
      ) t where length(text) > $1`,
      [atLeast],
    );
    return rows.map(({ text }) => text);
  }
}
