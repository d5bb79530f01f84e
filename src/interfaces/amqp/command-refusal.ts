import { MOST_ANSWER_BYTES, MOST_BODY_BYTES, MOST_RETURNS } from '../../application/command-queue.ts';

/** What can be wrong with a message itself, apart from the problems of use cases. Texts never repeat what was sent. */
export type CommandRefusalKind =
  | 'too-large'
  | 'message-id-required'
  | 'unknown-command'
  | 'tenant-required'
  | 'tenant-malformed'
  | 'tenant-unknown'
  | 'unsupported-media-type'
  | 'idempotency-mismatch'
  | 'answer-not-kept'
  | 'answer-too-large'
  | 'poisoned';

type Row = { readonly status: number; readonly title: string; readonly detail: string };

/** Each refusal as its sender is told; the kind is the code of the problem. */
export const commandRefusals: Readonly<Record<CommandRefusalKind, Row>> = {
  'too-large': {
    status: 413,
    title: 'The body is too large',
    detail: `a body may have at most ${MOST_BODY_BYTES} bytes`,
  },
  'message-id-required': {
    status: 400,
    title: 'A message id is required',
    detail:
      'message_id must be 1 to 255 printable ASCII characters without spaces, and new for every command',
  },
  'unknown-command': {
    status: 404,
    title: 'No such command',
    detail: 'type names no command of this service',
  },
  'tenant-required': {
    status: 400,
    title: 'A management company is required',
    detail: 'send the header management_company_id',
  },
  'tenant-malformed': {
    status: 400,
    title: 'The management company id is malformed',
    detail: 'management_company_id is not a company id',
  },
  'tenant-unknown': {
    status: 403,
    title: 'Not allowed',
    detail: 'this management company has no services here',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The content encoding is not supported',
    detail: 'content_encoding says that the body is encoded: send JSON in UTF-8 as it is, not compressed',
  },
  'idempotency-mismatch': {
    status: 422,
    title: 'The message id was used before',
    detail: 'a command of this message_id had another type or body; give every command an id of its own',
  },
  'answer-not-kept': {
    status: 410,
    title: 'The answer was not kept',
    detail: 'the command was carried out before; its answer was too large to be given twice',
  },
  'answer-too-large': {
    status: 413,
    title: 'The answer is too large',
    detail: `the command was carried out; its answer has more than ${MOST_ANSWER_BYTES} bytes, for which HTTP is the way`,
  },
  poisoned: {
    status: 500,
    title: 'The command ends its consumers',
    detail: `it was handed out ${MOST_RETURNS} times and never settled`,
  },
};
