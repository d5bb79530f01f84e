import type { ExternalService } from '../../domain/external-service/external-service.ts';
import { spreadsheetAt } from '../../domain/spreadsheet/spreadsheet-at.ts';
import type { SpreadsheetVersions } from '../../domain/spreadsheet/spreadsheet-versions.ts';

/**
 * A spreadsheet and the services that may be asked for it. One id may mean different spreadsheets at services with
 * different origins.
 */
export type SpreadsheetOfPlan = {
  readonly spreadsheetId: string;
  readonly services: readonly Pick<ExternalService, 'id' | 'baseUrl'>[];
};

/** All names (`spreadsheetAt`) that the spreadsheet has at these services, or only at those in `behind`. */
export const namesOf = (
  { spreadsheetId, services }: SpreadsheetOfPlan,
  behind?: readonly string[],
): readonly string[] => {
  const asked = behind === undefined ? services : services.filter(({ id }) => behind.includes(id));
  return [...new Set(asked.map(({ baseUrl }) => spreadsheetAt(baseUrl, spreadsheetId)))];
};

/**
 * Combined version of everything that the services may answer; undefined where one is unknown. Includes the names: a
 * service moved to another origin may find a different spreadsheet there with the same version.
 */
export const versionOf = async (
  { current }: Pick<SpreadsheetVersions, 'current'>,
  spreadsheet: SpreadsheetOfPlan,
): Promise<string | undefined> => {
  const names = namesOf(spreadsheet);
  const versions = await Promise.all(names.map(async (name) => current(name)));
  return versions.includes(undefined) ? undefined : JSON.stringify([names, versions]);
};
