/** SQLSTATE codes (PostgreSQL's documentation, appendix A). */
export const UNIQUE_VIOLATION = '23505';
export const FOREIGN_KEY_VIOLATION = '23503';
export const CHECK_VIOLATION = '23514';
/** Another session has the lock, for longer than `lock_timeout`. */
export const LOCK_NOT_AVAILABLE = '55P03';
/** A deadlock, of which this transaction was chosen as the victim. */
export const DEADLOCK_DETECTED = '40P01';
/** The statement exceeded `statement_timeout`, or an operator cancelled it. */
export const QUERY_CANCELED = '57014';
/**
 * A privilege is missing that was there when the service started: somebody revoked it, or a dump was restored without.
 */
export const INSUFFICIENT_PRIVILEGE = '42501';
