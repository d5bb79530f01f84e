import { expect } from 'chai';
import { rabbitmqHealth } from '../../../../src/infrastructure/rabbitmq/rabbitmq-health.ts';

describe('what /health says of channels that are not there', () => {
  const detailOf = async (withoutChannel: readonly string[], inTrouble: readonly string[]) => {
    const state = { isUp: true, isBlocked: false, withoutChannel, inTrouble };
    const { status, detail } = await rabbitmqHealth(state)();
    return [status, detail];
  };

  it('sends to the log only where that tells of them', async () => {
    expect(await detailOf(['events', 'commands'], ['events', 'commands'])).to.deep.equal([
      'degraded',
      'no channel for events and commands, the log says why',
    ]);
    expect(await detailOf(['events', 'commands'], [])).to.deep.equal([
      'degraded',
      'a channel is being opened for events and commands',
    ]);
    expect(await detailOf(['events', 'commands'], ['commands'])).to.deep.equal([
      'degraded',
      'no channel for commands, the log says why; a channel is being opened for events',
    ]);
  });

  it('is nothing of one that is there and was not lately', async () => {
    expect(await detailOf([], ['events'])).to.deep.equal(['ok', undefined]);
  });
});
