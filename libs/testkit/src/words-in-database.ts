import type pg from 'pg';

/**
 * Where words stand in any table of a database, as `schema.table.column`. Partitions are tables of their own. Words with quotes or
 * line breaks are not found in JSON, which escapes them.
 */
export async function wordsInDatabase(client: pg.Client, words: readonly string[]): Promise<string[]> {
  const { rows: columns } = await client.query<{ name: string; table: string; column: string; type: string }>(
    `select format('%s.%s.%s', c.table_schema, c.table_name, c.column_name) as name,
       format('%I.%I', c.table_schema, c.table_name) as table, format('%I', c.column_name) as column, c.data_type as type
     from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
     where c.table_schema not in ('pg_catalog', 'information_schema') and t.table_type = 'BASE TABLE' order by 1`,
  );
  const found: string[] = [];
  for (const { name, table, column, type } of columns) {
    const holds =
      type === 'bytea'
        ? `position(convert_to(word, 'UTF8') in ${column}) > 0`
        : `strpos(lower(${column}::text), lower(word)) > 0`;
    const { rowCount } = await client.query(`select from ${table}, unnest($1::text[]) as word where ${holds} limit 1`, [
      words,
    ]);
    if (rowCount) found.push(name);
  }
  return found;
}
