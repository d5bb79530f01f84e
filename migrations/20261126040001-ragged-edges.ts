import { Migration } from '@mikro-orm/migrations';

/** The holder of the last turn under which rows were left in a spreadsheet that begin with an empty cell. */
export class RaggedEdges extends Migration {
  override up(): void {
    this.addSql('alter table spreadsheet_writers add column ragged_edge uuid');
  }

  override down(): void {
    this.addSql('alter table spreadsheet_writers drop column ragged_edge');
  }
}
