import type { Pool, PoolClient } from 'pg';
import type { Database } from '../../src/infrastructure/postgres/database.ts';
import { createOrm } from '../../src/infrastructure/postgres/orm/orm.ts';

export type CarelessDatabase = {
  readonly database: Database;
  /** How many conditions have been removed so far. */
  readonly leftOut: () => number;
};

/** The condition as it appears in statements: with or without a table alias, and with or without Kysely's quotes. */
const CONDITION = /(?:"?\w+"?\.)?"?management_company_id"? = (\$\d+)/g;

/** A database as used by a programmer who forgot the tenant condition in every statement. */
export const carelessDatabase = ({ pool }: Database): CarelessDatabase => {
  let leftOut = 0;
  const careless = (statement: unknown): unknown =>
    typeof statement === 'string'
      ? statement.replaceAll(CONDITION, (_, value: string) => {
          leftOut += 1;
          // The parameter is still referenced, or PostgreSQL could not infer its type.
          return `${value}::text is not null`;
        })
      : statement;
  const connect = async (): Promise<PoolClient> => {
    const client = await pool.connect();
    const query = (statement: unknown, ...more: readonly unknown[]): unknown =>
      // oxlint-disable-next-line typescript/unbound-method -- it is called on its client
      Reflect.apply(client.query, client, [careless(statement), ...more]);
    return instead(client, { query });
  };
  const asked: Pool = instead(pool, { connect });
  const orm = createOrm({ pool: asked, database: pool.options.database ?? '', warn: () => undefined });
  return {
    database: { pool: asked, orm: () => Promise.resolve(orm), close: () => Promise.resolve() },
    leftOut: () => leftOut,
  };
};

/** `target` with some of its methods replaced; all others are called on `target` itself. */
const instead = <T extends object>(target: T, methods: { readonly [name: string]: unknown }): T =>
  new Proxy(target, {
    get: (_, name) => {
      if (typeof name === 'string' && name in methods) return methods[name];
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
