import { MOST_ANSWER_BYTES, type CommandAnswer } from '../../application/command-queue.ts';
import type { Failure } from '../wire/failure.ts';
import { problemDocument, problemOf } from '../wire/problem.ts';
import type { WholeReply } from '../wire/reply.ts';
import { commandRefusals, type CommandRefusalKind } from './command-refusal.ts';

/** An answer, with what the log, the dead letter and the metrics say about it. */
export type Told = {
  readonly answer: CommandAnswer;
  /** The problem's code; undefined for a success. */
  readonly code: string | undefined;
  readonly detail: string;
  /** A licence forbids keeping it. */
  readonly isWithheld?: true;
};

const PROBLEM_TYPE = 'application/problem+json';

/** The answer that the HTTP route would have sent, unless it is too large for a message. */
export const toldOfReply = (reply: WholeReply, requestId: string): Told => {
  const answer = answerOf(reply);
  return Buffer.byteLength(answer.body) > MOST_ANSWER_BYTES
    ? toldOfRefusal('answer-too-large', requestId)
    : { answer, code: undefined, detail: '', ...(reply.isWithheld === true && { isWithheld: true }) };
};

const answerOf = ({ status, headers, body, bytes, shared = Buffer.of() }: WholeReply): CommandAnswer => {
  const name = headers.indexOf('Content-Type');
  const text = bytes === undefined ? body : Buffer.concat([shared, Buffer.from(bytes, 'latin1')]);
  return {
    status,
    contentType: name < 0 ? undefined : headers[name + 1],
    body: text?.toString() ?? '',
  };
};

export const toldOfFailure = (failure: Failure, requestId: string, now: number): Told => {
  const { status, code, document } = problemOf(failure, requestId, now);
  return {
    answer: { status, contentType: PROBLEM_TYPE, body: JSON.stringify(document) },
    code,
    detail: String(document['detail']),
  };
};

export const toldOfRefusal = (kind: CommandRefusalKind, requestId: string): Told => {
  const { detail, ...row } = commandRefusals[kind];
  const document = problemDocument({ ...row, code: kind }, detail, requestId);
  return {
    answer: { status: row.status, contentType: PROBLEM_TYPE, body: JSON.stringify(document) },
    code: kind,
    detail,
  };
};
