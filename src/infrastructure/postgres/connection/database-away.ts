/** PostgreSQL answers nobody, so it is not asked until it does again. `code`: the last error seen. */
export class DatabaseAway extends Error {
  readonly code: string;

  constructor(code: string) {
    super(`the database is away (${code})`);
    this.code = code;
  }
}
