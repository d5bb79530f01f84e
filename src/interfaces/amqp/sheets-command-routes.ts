import type { SheetsWrite } from '../../application/application.ts';
import { plainOptions } from '../../application/provider-call/call-options.ts';
import { commandKey } from '../../domain/idempotency/idempotency-key.ts';
import { isLeft, right } from '../../domain/shared/fp.ts';
import type { Codec } from '../wire/codecs/codec.ts';
import { readCommand } from '../wire/codecs/sheets-codecs.ts';
import { appendCommand, batchUpdateCommand, writeCommand } from '../wire/codecs/sheets-write-codecs.ts';
import { callOutcome, callReply } from '../wire/presenters/call-reply.ts';
import { cellsOf } from '../wire/presenters/cells.ts';
import { appendedOf, updatesOf, writtenOf } from '../wire/presenters/writes.ts';
import { paddedRead } from '../wire/padded-read.ts';
import { route, type CommandDeps, type CommandRoute } from './command-route.ts';

type SheetsCommand = `integration.command.sheets.${'read' | 'write' | 'append' | 'batch_update'}`;

/**
 * What HTTP routes have in their paths, these have in their bodies. The message id is the idempotency key of a write.
 */
export const sheetsCommandRoutes = (deps: CommandDeps): Readonly<Record<SheetsCommand, CommandRoute>> => {
  const { application, clock } = deps;
  const { commands } = application;
  return {
    'integration.command.sheets.read': route(readCommand, async (ctx, asked) => {
      const answered = await paddedRead(application, { ctx, options: plainOptions }, asked);
      return callOutcome(answered, cellsOf, ctx, clock);
    }),
    'integration.command.sheets.write': writing(deps, writeCommand, commands.writeCells, writtenOf),
    'integration.command.sheets.append': writing(deps, appendCommand, commands.appendRows, appendedOf),
    'integration.command.sheets.batch_update': writing(
      deps,
      batchUpdateCommand,
      commands.updateCells,
      updatesOf,
    ),
  };
};

const writing = <Req, Res extends object>(
  { clock }: CommandDeps,
  codec: Codec<Req>,
  write: SheetsWrite<Req, Res>,
  present: (value: Res) => unknown,
): CommandRoute =>
  route(codec, async (ctx, request, messageId) => {
    const query = { request, options: plainOptions };
    const done = await write(ctx, { key: commandKey(messageId), query });
    return isLeft(done) ? done : right(callReply(done.right.answer, present, ctx.correlationId, clock.now()));
  });
