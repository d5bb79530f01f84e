/** What PostgreSQL calls a refusal (its documentation, appendix A). */
export const UNIQUE_VIOLATION = '23505';
export const FOREIGN_KEY_VIOLATION = '23503';
export const CHECK_VIOLATION = '23514';
/** Somebody else has the lock, for longer than `lock_timeout` lets us wait. */
export const LOCK_NOT_AVAILABLE = '55P03';
/** Two wait for one another, and this one was chosen to let go of all it has. */
export const DEADLOCK_DETECTED = '40P01';
/** It took longer than `statement_timeout` lets it, or an operator ended it. */
export const QUERY_CANCELED = '57014';
/** A right is missing that was there when the service started: an operator took it, or a dump was restored without. */
export const INSUFFICIENT_PRIVILEGE = '42501';
