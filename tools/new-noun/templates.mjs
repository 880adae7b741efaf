/**
 * The files of a noun, by path in the service's `src`: a thing with a unique name, made by a mutation that is safe to repeat, read
 * alone and page by page. It is the least that shows every layer; what the noun is about is added to it.
 */
export function filesOf(names, migration) {
  const { noun, plural } = names;
  return {
    [`${plural}/${noun}.type.ts`]: typeOf(names),
    [`${plural}/${noun}.input.ts`]: inputOf(names),
    [`${plural}/${noun}.repository.ts`]: repositoryOf(names),
    [`${plural}/${noun}.service.ts`]: serviceOf(names),
    [`${plural}/${noun}.resolver.ts`]: resolverOf(names),
    [`${plural}/${plural}.spec.ts`]: specOf(names),
    [`migrations/${migration.file}.ts`]: migrationOf(names, migration),
  };
}

const typeOf = ({ service, type, words, graph }) => `import { Field, ID, ObjectType } from '@nestjs/graphql';
import { DateTime } from '@signalbox/contracts/graphql';
import { ${graph} } from '../${service}.graph.js';

@ObjectType('${type}', { registerIn: () => ${graph}, description: 'One ${words}.' })
export class ${type}Type {
  @Field(() => ID, { description: 'uuid v7.' })
  id!: string;

  @Field(() => String, { description: 'Unique name.' })
  name!: string;

  @Field(() => DateTime, { description: 'When it was made, UTC.' })
  createdAt!: Date;
}
`;

const inputOf = ({ service, type, words, graph }) => `import { Field, InputType } from '@nestjs/graphql';
import { IsString, Length } from 'class-validator';
import { ${graph} } from '../${service}.graph.js';

@InputType({ registerIn: () => ${graph}, description: 'What a new ${words} is.' })
export class Create${type}Input {
  @IsString()
  @Length(1, 200)
  @Field(() => String, { description: 'Unique name, 1 to 200 characters. The same name is the same ${words}.' })
  name!: string;
}
`;

const repositoryOf = ({ type, words, table }) => `import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

export interface ${type}Row {
  id: string;
  name: string;
  createdAt: Date;
}

const COLUMNS = 'id, name, created_at as "createdAt"';

@Injectable()
export class ${type}Repository {
  constructor(private readonly dataSource: DataSource) {}

  /** The ${words} of that name: the given one, or the one that was there. */
  async insertOrFind(id: string, name: string): Promise<${type}Row> {
    await this.dataSource.query('insert into ${table} (id, name) values ($1, $2) on conflict (name) do nothing', [
      id,
      name,
    ]);
    const [row] = await this.dataSource.query<${type}Row[]>(\`select \${COLUMNS} from ${table} where name = $1\`, [name]);
    if (!row) throw new Error(\`${words} \${name} is gone\`);
    return row;
  }

  async find(id: string): Promise<${type}Row | null> {
    const [row] = await this.dataSource.query<${type}Row[]>(\`select \${COLUMNS} from ${table} where id = $1\`, [id]);
    return row ?? null;
  }

  /** The newest, at most \`limit\`, that are older than the id \`before\`: ids of version 7 are in the order of time. */
  page(limit: number, before: string | null): Promise<${type}Row[]> {
    return this.dataSource.query(
      \`select \${COLUMNS} from ${table} where $2::uuid is null or id < $2 order by id desc limit $1\`,
      [limit, before],
    );
  }
}
`;

const serviceOf = ({ noun, fields, type, words }) => `import { Injectable } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { pageAsked, pageOf, type Connection } from '@signalbox/contracts/graphql';
import { v7 as uuidv7, validate as isUuid } from 'uuid';
import type { Create${type}Input } from './${noun}.input.js';
import { ${type}Repository, type ${type}Row } from './${noun}.repository.js';

@Injectable()
export class ${type}Service {
  constructor(private readonly ${fields}: ${type}Repository) {}

  create({ name }: Create${type}Input): Promise<${type}Row> {
    return this.${fields}.insertOrFind(uuidv7(), name);
  }

  /** Null when there is none of that id. @throws SignalboxError INVALID_INPUT when it is no id */
  async find(id: string): Promise<${type}Row | null> {
    if (!isUuid(id)) throw new SignalboxError('INVALID_INPUT', 'id: expected the id of a ${words}');
    return this.${fields}.find(id);
  }

  /** Newest first. @throws SignalboxError INVALID_INPUT */
  async list(first: number | null, after: string | null): Promise<Connection<${type}Row>> {
    const page = pageAsked(first, after, isUuid);
    return pageOf(await this.${fields}.page(page.size + 1, page.after), page, ({ id }) => id);
  }
}
`;

const resolverOf = ({ service, noun, field, fields, type, words, wordsPlural, graph }) =>
  `import { Args, ID, Int, Mutation, Query, Resolver } from '@nestjs/graphql';
import { connectionOf, type Connection } from '@signalbox/contracts/graphql';
import { ${graph} } from '../${service}.graph.js';
import { Create${type}Input } from './${noun}.input.js';
import { ${type}Service } from './${noun}.service.js';
import { ${type}Type } from './${noun}.type.js';

const ${type}Connection = connectionOf(
  '${type}',
  () => ${type}Type,
  () => ${graph},
);

@Resolver(() => ${type}Type)
export class ${type}Resolver {
  constructor(private readonly ${fields}: ${type}Service) {}

  @Query(() => ${type}Connection, { name: '${fields}', description: 'Every ${words}, newest first.' })
  list(
    @Args('first', { type: () => Int, nullable: true, description: 'Of a page, 1 to 200; 50 when absent.' })
    first: number | null,
    @Args('after', { type: () => String, nullable: true, description: 'endCursor of the page before.' })
    after: string | null,
  ): Promise<Connection<${type}Type>> {
    return this.${fields}.list(first ?? null, after ?? null);
  }

  @Query(() => ${type}Type, {
    name: '${field}',
    nullable: true,
    description: 'A ${words}; null when there is none of that id.',
  })
  find(@Args('id', { type: () => ID, description: 'One of ${wordsPlural}.' }) id: string): Promise<${type}Type | null> {
    return this.${fields}.find(id);
  }

  @Mutation(() => ${type}Type, { name: 'create${type}', description: 'Makes a ${words}, or finds the one of that name.' })
  create(
    @Args('input', { type: () => Create${type}Input, description: 'The ${words}.' }) input: Create${type}Input,
  ): Promise<${type}Type> {
    return this.${fields}.create(input);
  }
}
`;

const migrationOf = (
  { types, words, table },
  { name },
) => `import type { MigrationInterface, QueryRunner } from 'typeorm';

/** ${types} by their unique names. */
export class ${name} implements MigrationInterface {
  readonly name = '${name}';

  async up(runner: QueryRunner): Promise<void> {
    // The name is what makes a ${words} one and the same when a mutation is repeated.
    await runner.query(\`
      create table ${table} (
        id uuid primary key,
        name text not null unique,
        created_at timestamptz not null default now()
      )\`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table ${table}');
  }
}
`;

const specOf = ({ service, field, fields, type, words, wordsPlural, table }) =>
  `import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { connect } from '@signalbox/database';
import { startService, type RunningService } from '@signalbox/platform';
import { freshDatabase, type FreshDatabase } from '@signalbox/testkit';
import { ${service}Database, ${service}Service } from '../index.js';

jest.setTimeout(60_000);

interface ${type} {
  id: string;
  name: string;
}
interface Page {
  edges: { node: ${type} }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string | null };
}
interface Answer<D> {
  /** What was asked for; null where an error says so. */
  data: D;
  errors?: { message: string; extensions: { code: string } }[];
}

describe('${wordsPlural}', () => {
  let database: FreshDatabase;
  let service: RunningService;
  beforeAll(async () => {
    database = await freshDatabase([${service}Database]);
    service = await startService(${service}Service, {
      databaseUrl: database.urls.${service},
      queueUrl: database.urls.queue,
      objectStoreUrl: 'file:///nowhere',
      secretKey: 'ab'.repeat(32),
      outboundAllow: '',
      traceFiles: '',
      labelPolicy: { precedence: [], labelers: [], weights: {}, allowUncalibrated: [] },
      awsRoleAllow: '',
embedder: { provider: 'use-lite' },
      host: '127.0.0.1',
      port: 0,
      // Work of other nouns would need their neighbours.
      role: 'api',
      logLevel: 'error',
    });
  });
  afterAll(async () => {
    await service.close();
    await database.drop();
  });

  async function ask<D>(query: string, variables: Record<string, unknown> = {}): Promise<Answer<D>> {
    const response = await fetch(service.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as Answer<D>;
  }
  const create = (name: string) =>
    ask<{ create${type}: ${type} }>('mutation ($input: Create${type}Input!) { create${type}(input: $input) { id name createdAt } }', { input: { name } });

  it('makes one ${words} for each name, however often and at once it is asked for', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => create('once')));
    expect(new Set(answers.map(({ data }) => data.create${type}.id)).size).toBe(1);
    const admin = await connect(database.adminUrl, 'spec');
    const { rows } = await admin.query('select name from ${table}');
    await admin.end();
    expect(rows).toEqual([{ name: 'once' }]);
  });

  it('finds one by its id, and null where there is none', async () => {
    const { id } = (await create('found')).data.create${type};
    const find = (wanted: string) => ask('query ($id: ID!) { ${field}(id: $id) { id name } }', { id: wanted });
    expect(await find(id)).toEqual({ data: { ${field}: { id, name: 'found' } } });
    expect(await find('00000000-0000-7000-8000-000000000000')).toEqual({ data: { ${field}: null } });
    expect((await find('no id')).errors?.[0]?.extensions.code).toBe('INVALID_INPUT');
  });

  it('lists them newest first, page by page', async () => {
    for (const name of ['older', 'newer']) await create(name);
    const names: string[] = [];
    let after: string | null = null;
    do {
      const answer: Answer<{ ${fields}: Page }> = await ask(
        'query ($after: String) { ${fields}(first: 1, after: $after) { edges { node { id name } } pageInfo { hasNextPage hasPreviousPage endCursor } } }',
        { after },
      );
      const page = answer.data.${fields};
      expect(page.pageInfo.hasPreviousPage).toBe(names.length > 0);
      names.push(...page.edges.map(({ node }) => node.name));
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    } while (after !== null);
    expect(names.slice(0, 2)).toEqual(['newer', 'older']);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(['first: 0', 'first: 201', 'after: "bm8="'])('refuses a page of %s', async (page) => {
    const { errors } = await ask(\`{ ${fields}(\${page}) { pageInfo { hasNextPage } } }\`);
    expect(errors?.[0]?.extensions.code).toBe('INVALID_INPUT');
  });

  it('refuses a name that is empty', async () => {
    expect((await create('')).errors?.[0]).toMatchObject({
      extensions: { code: 'INVALID_INPUT' },
      message: expect.stringMatching(/name/),
    });
  });
});
`;
