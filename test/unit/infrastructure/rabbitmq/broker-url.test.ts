import { expect } from 'chai';
import { addressOf } from '../../../../src/infrastructure/rabbitmq/broker-url.ts';

describe('the address of the broker, as the log tells it', () => {
  it('is the host and the virtual host, without user and password', () => {
    expect(addressOf('amqps://app:word@bus.test:5671/main?heartbeat=5')).to.equal('bus.test:5671/main');
    expect(addressOf('amqp://app:word@[::1]/%2f')).to.equal('[::1]/%2f');
  });

  it('is the host alone where the path may hold the rest of a password', () => {
    expect(addressOf('amqp://app:p@bus/word@bus.test')).to.equal('bus/…');
  });
});
