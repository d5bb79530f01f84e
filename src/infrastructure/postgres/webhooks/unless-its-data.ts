import { DatabaseError } from 'pg';
import { isDataError } from '../data-error.ts';
import { isDependencyLost } from '../dependency-lost.ts';
import type { Session } from '../tenant-session.ts';

/**
 * Runs a part of a transaction that one bad row must not spoil. Returns the error if the data are at fault, with the
 * part rolled back to a savepoint, and undefined if all went well. Other errors are thrown: a lost database, a full
 * disk or a missing grant would be blamed on every row.
 */
export const unlessItsData = async (
  session: Session,
  part: () => Promise<unknown>,
): Promise<Error | undefined> => {
  await session.query('savepoint part');
  try {
    await part();
    await session.query('release savepoint part');
    return undefined;
  } catch (error) {
    if (!isItsData(error)) throw error;
    await session.query('rollback to savepoint part; release savepoint part');
    return error;
  }
};

const isItsData = (error: unknown): error is Error =>
  isDataError(error) ||
  (error instanceof Error && !(error instanceof DatabaseError) && !isDependencyLost(error));
