import { hash32, idOf } from '../hash.ts';
import { readRange } from './a1.ts';
import type { Account } from './accounts.ts';
import type { AskedArea } from './area.ts';
import { Refusal } from './refusal.ts';
import { Sheet, type CellWrite } from './sheet.ts';
import { toCell, widestOf, type InputOption, type Scalar } from './values-in.ts';
import { Workbook, type NamedRange } from './workbook.ts';

export const roles = ['none', 'reader', 'writer'] as const;
export type Role = (typeof roles)[number];
export const fileKinds = ['spreadsheet', 'office', 'document'] as const;

export type SheetOptions = {
  readonly title: string;
  readonly sheet_id?: number;
  /** 1,000 if absent. */
  readonly rows?: number;
  /** 26 if absent. */
  readonly columns?: number;
  readonly values?: readonly (readonly (Scalar | null)[])[];
  /** How `values` are interpreted; RAW if absent. */
  readonly input?: InputOption;
  /** Ranges in which no account may write, such as `A:A` and `B2:C3`. */
  readonly protected?: readonly string[];
  /** The tab is hidden. */
  readonly hidden?: boolean;
};

export type SpreadsheetOptions = {
  readonly spreadsheet_id?: string;
  readonly title?: string;
  /** One `Sheet1` if absent. */
  readonly sheets?: readonly SheetOptions[];
  readonly named_ranges?: readonly NamedRange[];
  /** The accounts that may write; every registered one if absent. */
  readonly shared_with?: readonly string[];
  /** `office`: an .xlsx file in Drive; `document`: no spreadsheet at all. */
  readonly kind?: (typeof fileKinds)[number];
};

type File = {
  readonly kind: (typeof fileKinds)[number];
  readonly others: Role;
  readonly roles: Map<string, Role>;
  workbook: Workbook;
};

const areaOf = (range: string): AskedArea => {
  const area = readRange(range)?.area;
  if (!area) throw new TypeError(`no cells: ${range}`);
  return area;
};

const sheetFrom = (options: SheetOptions, index: number): Sheet => {
  const {
    title,
    sheet_id: sheetId = index,
    rows = 1_000,
    columns = 26,
    values = [],
    input = 'RAW',
    hidden = false,
  } = options;
  const protectedAreas = (options.protected ?? []).map(areaOf);
  const sheet = new Sheet({ sheetId, title, rows, columns, protectedAreas, hidden });
  const writes = values.flatMap((line, row): readonly CellWrite[] =>
    line.map((value, column) => ({
      row,
      column,
      cell: value === null ? undefined : toCell(value, input),
    })),
  );
  sheet.growTo(values.length, widestOf(values));
  sheet.write(writes);
  return sheet;
};

const notFound = (): Refusal => new Refusal('NOT_FOUND', 'Requested entity was not found.');

/** The files, and who may open them. */
export class Drive {
  readonly #files = new Map<string, File>();

  /** Returns the id. A spreadsheet with the same id is replaced. */
  add(options: SpreadsheetOptions): string {
    const { title = 'Sandbox', sheets = [{ title: 'Sheet1' }], kind = 'spreadsheet' } = options;
    const id = options.spreadsheet_id ?? `1SANDBOX${idOf(`file ${this.#files.size} ${hash32(title)}`, 36)}`;
    this.#files.set(id, {
      kind,
      others: options.shared_with ? 'none' : 'writer',
      roles: new Map(options.shared_with?.map((email) => [email, 'writer'])),
      workbook: new Workbook(id, title, 'en_US', sheets.map(sheetFrom), [], options.named_ranges),
    });
    return id;
  }

  /** False if there is no such file. */
  share(id: string, email: string, role: Role): boolean {
    return this.#files.get(id)?.roles.set(email, role) !== undefined;
  }

  /** The workbook in its current state. Throws Google's error for an account without permission. */
  open(id: string, { email }: Account, kind: 'read' | 'write'): Workbook {
    const file = this.#files.get(id);
    if (!file || file.kind === 'document') throw notFound();
    const role = file.roles.get(email) ?? file.others;
    if (role === 'none' || (role === 'reader' && kind === 'write')) {
      throw new Refusal('PERMISSION_DENIED', 'The caller does not have permission');
    }
    if (file.kind === 'office') {
      const message =
        'This operation is not supported for this document. The document must not be an Office file.';
      throw new Refusal('FAILED_PRECONDITION', message);
    }
    return file.workbook;
  }

  find(id: string): Workbook | undefined {
    return this.#files.get(id)?.workbook;
  }

  put(workbook: Workbook): void {
    const file = this.#files.get(workbook.spreadsheetId);
    if (file) file.workbook = workbook;
  }

  ids(): readonly string[] {
    return [...this.#files.keys()];
  }

  reset(): void {
    this.#files.clear();
  }
}
