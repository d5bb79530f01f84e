import type { ExternalService } from '../../domain/external-service/external-service.ts';
import { spreadsheetAt } from '../../domain/spreadsheet/spreadsheet-at.ts';
import type { SpreadsheetVersions } from '../../domain/spreadsheet/spreadsheet-versions.ts';

/** A spreadsheet, and the services that may be asked for it: one id may mean another one at each of their origins. */
export type SpreadsheetOfPlan = {
  readonly spreadsheetId: string;
  readonly services: readonly Pick<ExternalService, 'id' | 'baseUrl'>[];
};

/** All that it may be; behind some of the services only, by their ids. */
export const namesOf = (
  { spreadsheetId, services }: SpreadsheetOfPlan,
  behind?: readonly string[],
): readonly string[] => {
  const asked = behind === undefined ? services : services.filter(({ id }) => behind.includes(id));
  return [...new Set(asked.map(({ baseUrl }) => spreadsheetAt(baseUrl, spreadsheetId)))];
};

/**
 * Of what any of the services may answer; undefined where one is not known. With its names: a service that is led to
 * another origin may find another spreadsheet there, of the same version.
 */
export const versionOf = async (
  { current }: Pick<SpreadsheetVersions, 'current'>,
  spreadsheet: SpreadsheetOfPlan,
): Promise<string | undefined> => {
  const names = namesOf(spreadsheet);
  const versions = await Promise.all(names.map(async (name) => current(name)));
  return versions.includes(undefined) ? undefined : JSON.stringify([names, versions]);
};
