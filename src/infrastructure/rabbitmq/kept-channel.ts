import type { ChannelModel, ConfirmChannel } from 'amqplib';
import type { Random, Sleep } from '../../domain/shared/clock.ts';
import type { Logger } from '../telemetry/winston-logger.ts';
import { inTime } from '../system/in-time.ts';
import { STEP_TIMEOUT_MS } from './asked-in-steps.ts';
import { channelLines, type ChannelLines } from './channel-lines.ts';
import { outsideBlocks } from './outside-blocks.ts';

/** Who needs a channel, for as long as the service runs. */
export type ChannelUser = {
  /** For the log. */
  readonly name: string;
  /**
   * Given a new channel after each connection, and whenever the one before was closed: declares what it needs and
   * begins to use it. After a rejection the next channel comes, with a pause; other users are not touched.
   */
  readonly opened: (channel: ConfirmChannel) => Promise<void>;
  /** That channel is gone. What it had not confirmed, or had not got acknowledged, is uncertain. */
  readonly lost?: () => void;
  /** The connection is gone, whether there was a channel on it or not: the broker may come back as another one. */
  readonly disconnected?: () => void;
};

type Deps = {
  readonly logger: Logger;
  readonly sleep: Sleep;
  readonly random: Random;
  /** The broker has said that it takes nothing for now. */
  readonly isBlocked: () => boolean;
};

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
const NOT_OPENED = `not opened after ${STEP_TIMEOUT_MS} ms`;

/** Milliseconds before the next attempt, between half and all of a time that doubles: replicas do not try in step. */
export const pauseBefore = (attempt: number, random: Random, longest: number): number =>
  Math.round((Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), longest) * (1 + random())) / 2);

/**
 * A channel that is reopened as long as there is a connection, since the broker closes a channel over any error on it.
 */
export class KeptChannel {
  readonly #user: ChannelUser;
  readonly #deps: Deps;
  readonly #lines: ChannelLines;
  readonly #closing = new AbortController();
  #model: ChannelModel | undefined;
  #channel: ConfirmChannel | undefined;

  constructor(user: ChannelUser, deps: Deps) {
    this.#user = user;
    this.#deps = deps;
    this.#lines = channelLines({ channel: user.name, ...deps });
  }

  get name(): string {
    return this.#user.name;
  }

  /** Wanted, and not there. */
  get isMissing(): boolean {
    return this.#channel === undefined && !this.#closing.signal.aborted;
  }

  /** Something has gone wrong with it, of which the log tells, and it has not been well for long enough since. */
  get isInTrouble(): boolean {
    return this.#lines.isInTrouble();
  }

  /** For the connection: this one is up now, or none is. */
  attach(model: ChannelModel | undefined): void {
    if (this.#closing.signal.aborted) return;
    this.#model = model;
    this.#forget(this.#channel);
    if (model === undefined) this.#user.disconnected?.();
    else void this.#open(model);
  }

  /** Gives the channel up for a new one: it may hang, or hold messages that nobody knows the fate of. */
  renew(): void {
    const channel = this.#channel;
    const model = this.#model;
    this.#forget(channel);
    channel?.close().catch(() => undefined);
    if (channel !== undefined && model !== undefined) void this.#open(model);
  }

  /** For good. Resolves when the broker has confirmed; it may never do so, so the caller must limit the wait. */
  async close(): Promise<void> {
    this.#closing.abort();
    const channel = this.#channel;
    this.#model = undefined;
    this.#forget(channel);
    await channel?.close().catch(() => undefined);
  }

  async #open(model: ChannelModel): Promise<void> {
    for (let attempt = 1; this.#model === model; attempt += 1) {
      try {
        return await this.#openOnce(model);
      } catch (error) {
        // If the connection is gone, that is logged on its own.
        if (this.#model !== model) return;
        this.#lines.notOpened(error);
        await this.#deps.sleep(
          pauseBefore(attempt, this.#deps.random, LONGEST_PAUSE_MS),
          this.#closing.signal,
        );
      }
    }
  }

  async #openOnce(model: ChannelModel): Promise<void> {
    const channel = await this.#created(model);
    let refusal: unknown;
    let isOpen = true;
    channel.on('error', (error) => {
      refusal = error;
      if (this.#channel === channel) this.#lines.closed(error);
    });
    channel.once('close', () => {
      isOpen = false;
      if (this.#channel !== channel) return;
      this.#forget(channel);
      if (this.#model === model) void this.#open(model);
    });
    try {
      await this.#user.opened(channel);
    } catch (error) {
      channel.close().catch(() => undefined);
      // The broker's own error, if there is one, says more.
      throw refusal ?? error;
    }
    this.#channel = channel;
    if (isOpen && this.#model === model) return this.#lines.opened();
    // It was closed while `opened` succeeded: its user must hear of it all the same.
    this.#forget(channel);
    channel.close().catch(() => undefined);
    if (this.#model === model) throw refusal ?? new Error('closed at once');
  }

  /** A broker that hangs does not answer, and keeps its connection as long as its heart beats. */
  async #created(model: ChannelModel): Promise<ConfirmChannel> {
    const opening = model.createConfirmChannel();
    const { isBlocked, sleep } = this.#deps;
    const limit = {
      sleep: outsideBlocks(sleep, isBlocked),
      withinMs: STEP_TIMEOUT_MS,
      otherwise: NOT_OPENED,
    };
    try {
      return await inTime(opening, limit);
    } catch (error) {
      opening.then((late) => late.on('error', () => undefined).close()).catch(() => undefined);
      throw error;
    }
  }

  #forget(channel: ConfirmChannel | undefined): void {
    if (channel === undefined || this.#channel !== channel) return;
    this.#channel = undefined;
    this.#lines.gone();
    this.#user.lost?.();
  }
}
