import { DatabaseError } from 'pg';
import { FOREIGN_KEY_VIOLATION } from './connection/sql-state.ts';

/**
 * For a statement that leaves out what belongs to a service which is gone: one that goes under way is there for the
 * statement, and gone for its foreign key, which keeps the rest from being written too. The removal has committed by
 * then, so that the same statement leaves it out.
 */
export const pastRemovals = async <A>(write: () => Promise<A>): Promise<A> => {
  try {
    return await write();
  } catch (error) {
    if (error instanceof DatabaseError && error.code === FOREIGN_KEY_VIOLATION) return write();
    throw error;
  }
};
