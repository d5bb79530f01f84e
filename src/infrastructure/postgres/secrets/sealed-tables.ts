export type SealedColumn = {
  readonly field: string;
  readonly read: string;
  readonly write: (n: number) => string;
};
export type SealedTable = {
  readonly name: string;
  /** The UUID of a row, and the id to which its sealed secrets are bound. */
  readonly id: string;
  readonly bound: string;
  readonly columns: readonly SealedColumn[];
  /** Condition that leaves out rows without a sealed secret. */
  readonly only: string;
  readonly also: string;
};
export type SealedRow = {
  readonly id: string;
  readonly bound: string;
  readonly tenant: string;
  readonly [field: string]: string | null;
};

const text = (field: string): SealedColumn => ({ field, read: field, write: (n) => `$${n}` });
const jsonText = (field: string): SealedColumn => ({
  field,
  read: `${field} #>> '{}' as ${field}`,
  write: (n) => `to_jsonb($${n}::text)`,
});

/**
 * Raising the version makes a concurrent change that read the old secret start again instead of writing it back. A key
 * that its provider has refused stays marked as refused at the new version: only calls show that it is accepted again,
 * not probes.
 */
export const sealedTables: readonly SealedTable[] = [
  {
    name: 'external_services',
    id: 'id',
    bound: 'id',
    columns: [text('api_key'), jsonText('credentials')],
    only: 'true',
    also: ', version = version + 1, refused_version = refused_version + (refused_version = version)::int',
  },
  {
    name: 'webhook_secrets',
    id: 'id',
    bound: 'id',
    columns: [text('secret_key')],
    only: 'true',
    also: '',
  },
  {
    name: 'idempotency_keys',
    id: 'lease_id',
    bound: 'key',
    columns: [text('sealed_answer')],
    only: 'sealed_answer is not null',
    also: '',
  },
];

/** Selects the sealed secrets of a table with what they are bound to; further conditions may follow. */
export const selectOf = ({ name, id, bound, columns, only }: SealedTable): string =>
  `select ${id} as id, ${bound}::text as bound, management_company_id as tenant,
    ${columns.map(({ read }) => read).join(', ')} from ${name} where ${only}`;
