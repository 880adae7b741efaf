import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { SignalboxError } from '@signalbox/contracts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@signalbox/database';

/** Below what systems give to connections: while the server is away, nobody else may get its port. */
const PORTS = { from: 20_000, to: 30_000 };

/** A PostgreSQL of the test's own that goes away and comes back at the same address. */
export class Postgres {
  private constructor(
    private readonly folder: string,
    private server: EmbeddedPostgres,
  ) {}

  static async start(folder: string): Promise<Postgres> {
    for (;;) {
      try {
        return new Postgres(folder, await serve(folder, randomInt(PORTS.from, PORTS.to)));
      } catch (error) {
        if (!(error instanceof SignalboxError && error.code === 'PORT_TAKEN')) throw error;
      }
    }
  }

  get adminUrl(): string {
    return this.server.adminUrl;
  }

  /** Nothing is said to anybody, and what was not on disk is lost. */
  async crash(): Promise<void> {
    process.kill(this.server.pid, 'SIGKILL');
    await this.stop();
  }

  /** Fast: sessions are ended, and told so. */
  async stop(): Promise<void> {
    await this.server.stop();
  }

  async startAgain(): Promise<void> {
    this.server = await serve(this.folder, this.server.port);
  }
}

const serve = (folder: string, port: number): Promise<EmbeddedPostgres> =>
  startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), logFile: join(folder, 'postgres.log'), port });
