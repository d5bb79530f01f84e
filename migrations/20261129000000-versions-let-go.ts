import { Migration } from '@mikro-orm/migrations';

/** Versions of spreadsheets that nobody has written to for long are removed: nothing is cached from before them any more. */
export class VersionsLetGo extends Migration {
  override up(): void {
    this.addSql('grant delete on spreadsheet_versions to integration_system');
  }

  override down(): void {
    this.addSql('revoke delete on spreadsheet_versions from integration_system');
  }
}
