/** PostgreSQL does not answer anybody here: not asked at all until it does. `code` says what was seen of it last. */
export class DatabaseAway extends Error {
  readonly code: string;

  constructor(code: string) {
    super(`the database is away (${code})`);
    this.code = code;
  }
}
