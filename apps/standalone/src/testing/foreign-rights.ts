import { connect, databaseErrorCode, QUEUE_SCHEMA, roleOf, type DatabaseOwner } from '@signalbox/database';
import { SERVICES } from '@signalbox/contracts';
import type pg from 'pg';

const OWNERS: readonly DatabaseOwner[] = [...SERVICES, QUEUE_SCHEMA];
const REFUSED = '42501';
/** A view over several tables is written by nobody, which is found out before rights are; `latentRights` looks at those. */
const NOT_WRITABLE = '55000';

/** Something in a schema, and how each right on it is made use of. None of the statements would change a row. */
interface Thing {
  schema: string;
  name: string;
  statements: [right: string, statement: string][];
  /** Other answers that refuse as well. */
  refusedBy?: string;
}

export interface ForeignRights {
  /** `schema.name` of everything that the catalogue holds. */
  things: string[];
  /** Statements that were run. */
  tried: number;
  /** What a role may do outside its own schema, as `role: right on schema.name`, and what was not answered by a refusal. */
  held: string[];
}

/**
 * Lets every login role, over its own connection, try everything on everything that another schema holds.
 * @param urls the roles' own addresses
 */
export async function foreignRights(adminUrl: string, urls: Record<DatabaseOwner, string>): Promise<ForeignRights> {
  const admin = await connect(adminUrl, 'foreign rights');
  const things = [...(await schemas(admin)), ...(await relations(admin)), ...(await routines(admin))];
  await admin.end();
  const found: ForeignRights = { things: things.map(({ name }) => name), tried: 0, held: [] };
  for (const owner of OWNERS) {
    const client = await connect(urls[owner], 'foreign rights');
    const foreign = [...things.filter(({ schema }) => schema !== owner), ...roles(owner)];
    try {
      for (const { name, statements, refusedBy } of foreign) {
        for (const [right, statement] of statements) {
          found.tried += 1;
          const answer = await answerTo(client, statement);
          if (answer === 'done') found.held.push(`${owner}: ${right} on ${name}`);
          else if (answer !== REFUSED && answer !== refusedBy)
            found.held.push(`${owner}: ${right} on ${name} is answered ${answer}`);
        }
      }
      found.held.push(...(await latentRights(client)).map((right) => `${owner}: ${right}`));
    } finally {
      await client.end();
    }
  }
  found.held = [...new Set(found.held)].sort();
  return found;
}

async function answerTo(client: pg.Client, statement: string): Promise<string> {
  try {
    await client.query(statement);
    return 'done';
  } catch (error) {
    const code = databaseErrorCode(error);
    if (code === undefined) throw error;
    return code;
  }
}

const OF_OURS = `n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`;

async function schemas(admin: pg.Client): Promise<Thing[]> {
  const { rows } = await admin.query<{ name: string }>(`select n.nspname as name from pg_namespace n where ${OF_OURS}`);
  return rows.map(({ name }) => ({
    ...{ schema: name, name },
    statements: [['create', `create table ${name}.intruder ()`]],
  }));
}

/**
 * No columns are asked for, since a right on one of them is enough for that; an update that names one needs a right on that one,
 * and `latentRights` looks at the others. Of a view it is one that could be written, or no right would be asked for.
 */
async function relations(admin: pg.Client): Promise<Thing[]> {
  const { rows } = await admin.query<{ schema: string; name: string; kind: string; column: string | null }>(
    `select n.nspname as schema, format('%I.%I', n.nspname, c.relname) as name, c.relkind as kind,
       (select quote_ident(attname) from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped
        order by pg_column_is_updatable(c.oid, attnum, false) desc, attnum limit 1) as column
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where ${OF_OURS} and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')`,
  );
  return rows.map(({ schema, name, kind, column }) => {
    const select: Thing['statements'][number] = ['select', `select from ${name} limit 0`];
    if (kind === 'S') {
      return {
        ...{ schema, name },
        statements: [select, ['usage', `select nextval('${name}')`], ['update', `select setval('${name}', 1)`]],
      };
    }
    return {
      ...{ schema, name, ...(kind === 'v' && { refusedBy: NOT_WRITABLE }) },
      statements: [
        select,
        ['insert', `insert into ${name} default values`],
        ['update', `update ${name} set ${column ?? 'nothing'} = default where false`],
        ['delete', `delete from ${name} where false`],
        ...(kind === 'r' || kind === 'p' ? [['truncate', `truncate ${name}`] as const] : []),
      ].map(([right = '', statement = '']) => [right, statement]),
    };
  });
}

/** Nulls come from a query: a strict function of a null that is known beforehand is null for everybody, and never called. */
async function routines(admin: pg.Client): Promise<Thing[]> {
  const { rows } = await admin.query<{ schema: string; name: string; kind: string; values: string }>(
    `select n.nspname as schema, format('%I.%I', n.nspname, p.proname) as name, p.prokind as kind,
       (select coalesce(string_agg('(select null::' || format_type(t.oid, null) || ')', ', ' order by t.place), '')
        from unnest(p.proargtypes) with ordinality as t(oid, place)) as values
     from pg_proc p join pg_namespace n on n.oid = p.pronamespace where ${OF_OURS}`,
  );
  return rows.map(({ schema, name, kind, values }) => ({
    ...{ schema, name: `${name}()` },
    statements: [['execute', `${kind === 'p' ? 'call' : 'select'} ${name}(${values})`]],
  }));
}

/** A role that may become another one has all that the other one has. */
const roles = (owner: DatabaseOwner): Thing[] =>
  OWNERS.filter((other) => other !== owner).map((other) => ({
    ...{ schema: other, name: `role ${other}` },
    statements: [['become', `set role ${roleOf(other)}`]],
  }));

/**
 * Rights that the catalogue holds, also on a single column and where the schema is still closed: the next published view would
 * open it, and them.
 */
async function latentRights(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ held: string }>(
    `select format('%s on %I.%I', lower(right_name), n.nspname, c.relname) as held
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     cross join unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) right_name
     where ${OF_OURS} and c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname <> split_part(current_user, '_', 2)
       and case when right_name in ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
         then has_any_column_privilege(c.oid, right_name) else has_table_privilege(c.oid, right_name) end`,
  );
  return rows.map(({ held }) => held);
}
