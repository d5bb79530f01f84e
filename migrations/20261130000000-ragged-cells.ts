import { Migration } from '@mikro-orm/migrations';

/** The holder of the last turn under which cells were written or emptied so that rows may begin with an empty one. */
export class RaggedCells extends Migration {
  override up(): void {
    this.addSql('alter table spreadsheet_writers add column ragged_cells uuid');
  }

  override down(): void {
    this.addSql('alter table spreadsheet_writers drop column ragged_cells');
  }
}
