export type SealedColumn = {
  readonly field: string;
  readonly read: string;
  readonly write: (n: number) => string;
};
export type SealedTable = {
  readonly name: string;
  /** The UUID that names a row, and what its envelopes are bound to. */
  readonly id: string;
  readonly bound: string;
  readonly columns: readonly SealedColumn[];
  /** Rows without an envelope, left out. */
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
 * Raising the version makes a change that read the old envelope start again, instead of writing it back. A key that its
 * provider refuses at this version is the same at the next: only calls tell when it is taken, no probe.
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

/** The envelopes of a table with what they are bound to; conditions may follow. */
export const selectOf = ({ name, id, bound, columns, only }: SealedTable): string =>
  `select ${id} as id, ${bound}::text as bound, management_company_id as tenant,
    ${columns.map(({ read }) => read).join(', ')} from ${name} where ${only}`;
