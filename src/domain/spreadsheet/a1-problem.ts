/**
 * Why a text is not a valid range. `detail` is a full sentence for the caller and never repeats the text, because
 * titles of sheets may be names of people.
 */
export type A1Problem = { readonly kind: A1ProblemKind; readonly detail: string };

export type A1ProblemKind = keyof typeof details;

const details = {
  'empty-range': 'A range names a sheet, cells, or both, such as Sheet1!A1:C10.',
  'range-too-long': 'A range has at most 1000 characters.',
  'broken-text': 'A range is well-formed Unicode text.',
  'stray-white-space': 'No white space may stand before or after a range, its title, "!" or ":".',
  'title-missing': 'The title of the sheet before "!" is empty.',
  'title-needs-quotes': "The title looks like a cell: put it in apostrophes, such as 'A1'!B2.",
  'unbalanced-quotes':
    "A title in apostrophes ends with one, the text ends there or goes on with \"!\", and apostrophes inside are doubled, such as 'Bob''s sheet'!A1.",
  'not-a-range':
    'The cells are no range: write A1, A1:C10, A:C, 2:5, A5:A or R1C1:R10C3, and put a title with "!" in apostrophes.',
  'mixed-notation': 'A1 and R1C1 notation cannot be mixed in one range.',
  'not-a-rectangle':
    'The two ends make no rectangle: an open end is a column or a row after a cell, such as A5:A or B2:7.',
  'ends-before-start': 'The range ends before it starts.',
  'off-grid':
    "The range lies off any grid: columns go from A to ZZZ, rows from 1 to 10000000, and a spreadsheet holds at most 10000000 cells. A title that looks like a cell stands in apostrophes, such as 'CRM20260101'.",
  'too-many-cells':
    'The range names more than 10000000 cells, the most that a spreadsheet holds: name whole columns or rows instead, such as A:C.',
} as const;

export const a1Problem = (kind: A1ProblemKind): A1Problem => ({ kind, detail: details[kind] });
