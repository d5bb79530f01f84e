import { errorCode } from '../../system/error-code.ts';
import { INSUFFICIENT_PRIVILEGE } from '../connection/sql-state.ts';
import { isDependencyLost } from '../dependency-lost.ts';
import type { DeliveryToKeep, LedgerAnswer } from '../../../domain/webhook/delivery/received-delivery.ts';

export type WaitingDelivery = {
  readonly kept: DeliveryToKeep;
  /** Equal deliveries of the same moment: counted with this one, and answered with its outcome. */
  readonly followers: WaitingDelivery[];
  readonly resolve: (answer: LedgerAnswer) => void;
  readonly reject: (error: unknown) => void;
  isOver: boolean;
};

/** What `accept_deliveries` returns for each delivery. */
export const ACCEPT =
  'select delivery, first_delivery, is_other_body, is_suspect from accept_deliveries($1, $2)';
export type Row = {
  readonly delivery: string;
  readonly first_delivery: string;
  readonly is_other_body: boolean;
  readonly is_suspect: boolean;
};

export const UNAVAILABLE: LedgerAnswer = { kind: 'unavailable' };

export const settle = (group: readonly WaitingDelivery[], rows: readonly Row[]): void => {
  const byId = new Map(rows.map((row) => [row.delivery, row]));
  for (const waiting of group) {
    const row = byId.get(waiting.kept.delivery.id);
    if (row === undefined) rejectAll(waiting, new Error('a delivery was not answered by its store'));
    else settleOne(waiting, row);
  }
};

const settleOne = (waiting: WaitingDelivery, row: Row): void => {
  const isFirst = row.first_delivery === row.delivery;
  waiting.resolve(
    isFirst
      ? { kind: 'stored', isSuspect: row.is_suspect }
      : { kind: 'repeated', firstId: row.first_delivery, isOtherBody: row.is_other_body },
  );
  for (const { resolve } of waiting.followers)
    resolve({ kind: 'repeated', firstId: row.first_delivery, isOtherBody: row.is_other_body });
};

const tellUnavailable = ({ resolve, followers }: WaitingDelivery): void => {
  resolve(UNAVAILABLE);
  for (const follower of followers) follower.resolve(UNAVAILABLE);
};

/** A missing privilege does not count: an immediate retry would fail in the same way. */
export const mayPassAtOnce = (error: unknown): boolean =>
  isDependencyLost(error) && errorCode(error) !== INSUFFICIENT_PRIVILEGE;

/** A lost database is logged elsewhere; a missing privilege is reported only by this error. */
export const fail = (delivery: WaitingDelivery, error: unknown): void =>
  mayPassAtOnce(error) ? tellUnavailable(delivery) : rejectAll(delivery, error);

const rejectAll = ({ reject, followers }: WaitingDelivery, error: unknown): void => {
  reject(error);
  for (const follower of followers) follower.reject(error);
};
