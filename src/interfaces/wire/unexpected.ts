import { redactText } from '../../domain/audit/redaction.ts';

/** An exception as it may be logged. */
export type Unexpected = {
  readonly kind: 'internal' | 'dependency-lost';
  readonly name: string;
  readonly message: string;
  /** Only for bugs: a lost dependency may affect every request for an hour, each at the same place. */
  readonly frames: readonly string[] | undefined;
};

const LONGEST_MESSAGE = 300;
const MOST_FRAMES = 12;

export const unexpectedOf = (error: unknown, isDependencyLost: (error: unknown) => boolean): Unexpected => {
  const kind = isDependencyLost(error) ? 'dependency-lost' : 'internal';
  if (!(error instanceof Error))
    return { kind, name: typeof error, message: 'not an error object', frames: undefined };
  const frames = kind === 'dependency-lost' ? undefined : framesOf(error);
  return { kind, name: error.name, message: redactText(error.message).slice(0, LONGEST_MESSAGE), frames };
};

/** Without the message, since drivers put whole statements into theirs. */
const framesOf = (error: Error): readonly string[] => {
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return frames.slice(0, MOST_FRAMES).map((line) => line.trim());
};
