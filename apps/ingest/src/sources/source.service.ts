import { Inject, Injectable } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { AwsRolePolicy, Outbound } from '@signalbox/outbound';
import { inputDigest, seal, unseal } from '@signalbox/platform';
import { v7 as uuidv7 } from 'uuid';
import { IdempotencyKeys } from '@signalbox/database';
import { CLOCK, INGEST_ENVIRONMENT, type Clock, type IngestEnvironment } from '../ingest.environment.js';
import { BACKENDS, type BackendEdges } from '../backends/backends.js';
import type { TraceReader } from '../backends/trace-reader.js';
import { nextRun } from './cron.js';
import { sourceSecrets, sourceSettingsOf, type SourceSecrets, type SourceSettings } from './source-settings.js';
import { TraceSourceEntity } from './source.entity.js';
import type { CreateTraceSourceInput } from './source.input.js';
import { SourceRepository } from './source.repository.js';

@Injectable()
export class SourceService {
  private readonly edges: BackendEdges;

  constructor(
    private readonly sources: SourceRepository,
    private readonly idempotency: IdempotencyKeys,
    outbound: Outbound,
    @Inject(INGEST_ENVIRONMENT) private readonly environment: IngestEnvironment,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    const { traceFiles, awsRoleAllow } = environment;
    this.edges = { outbound, traceFiles, awsRole: AwsRolePolicy.allowing(awsRoleAllow) };
  }

  /** @throws SignalboxError INVALID_INPUT, ADDRESS_REFUSED, AWS_ROLE_REFUSED, CONFLICT (the name is taken with other settings, or there are too many), IDEMPOTENCY_CONFLICT */
  async create(input: CreateTraceSourceInput): Promise<TraceSourceEntity> {
    const { secrets, ...settings } = sourceSettingsOf(input, this.edges);
    const { secretKey } = this.environment;
    const settingsMac = inputDigest({ settings: withoutNewAbsent(settings), secrets }, secretKey);
    const hasSecrets = secrets.headers !== null || secrets.credentials !== null;
    const wanted = Object.assign(new TraceSourceEntity(), settings, {
      id: uuidv7(),
      sealedSecrets: hasSecrets ? seal(JSON.stringify(secrets), secretKey) : null,
      settingsMac,
      watermark: null,
      nextRunAt: settings.schedule === null ? null : nextRun(settings.schedule, this.clock()),
    });
    return this.sources.transaction(async (manager) => {
      const source = await this.sources.insertOrFind(manager, wanted);
      const claim = {
        operation: 'createTraceSource',
        key: input.idempotencyKey,
        bodyHash: settingsMac,
        objectId: source.id,
      };
      await this.idempotency.claim(manager, claim);
      if (source.settingsMac !== settingsMac) {
        throw new SignalboxError(
          'CONFLICT',
          `A trace source named "${input.name}" exists with other settings.`,
          'Choose another name, or repeat the call with the settings that it has.',
        );
      }
      return source;
    });
  }

  list(): Promise<TraceSourceEntity[]> {
    return this.sources.all();
  }

  /** @throws SignalboxError NOT_FOUND */
  async require(id: string): Promise<TraceSourceEntity> {
    const source = await this.sources.find(id);
    if (!source) throw new SignalboxError('NOT_FOUND', `There is no trace source ${id}.`);
    return source;
  }

  byId(ids: readonly string[]): Promise<Map<string, TraceSourceEntity>> {
    return this.sources.byId(ids);
  }

  /**
   * @param signal ends what the reader does, and closes it
   * @throws SignalboxError SOURCE_UNREACHABLE, SOURCE_NOT_JSON, SOURCE_REFUSED, ADDRESS_REFUSED or AWS_ROLE_REFUSED
   */
  open(source: TraceSourceEntity, signal?: AbortSignal): Promise<TraceReader> {
    const { endpoint, serviceName, tenant, region, path, filter } = source;
    const secrets = this.secretsOf(source);
    const settings = { endpoint, serviceName, tenant, region, path, filter };
    return BACKENDS[source.kind].open(
      { ...settings, headers: headersOf(secrets), credentials: secrets.credentials },
      { ...this.edges, signal },
    );
  }

  private secretsOf({ sealedSecrets }: TraceSourceEntity): SourceSecrets {
    if (sealedSecrets === null) return { headers: null, credentials: null };
    return sourceSecrets.parse(JSON.parse(unseal(sealedSecrets, this.environment.secretKey)));
  }
}

function headersOf({ headers, credentials }: SourceSecrets): Record<string, string> {
  if (credentials === null) return headers ?? {};
  const authorization =
    'token' in credentials
      ? `Bearer ${credentials.token}`
      : `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
  return { ...headers, authorization };
}

/** A setting that came later and is not given does not tell a source from the one that was made before. */
function withoutNewAbsent({
  region,
  path,
  filter,
  schedule,
  retentionDays,
  ...settings
}: Omit<SourceSettings, 'secrets'>) {
  return {
    ...settings,
    ...(region === null ? {} : { region }),
    ...(path === null ? {} : { path }),
    ...(filter === null ? {} : { filter }),
    ...(schedule === null ? {} : { schedule }),
    ...(retentionDays === null ? {} : { retentionDays }),
  };
}
