import { channel } from 'node:diagnostics_channel';
import { Socket } from 'node:net';
import { expect } from 'chai';
import { outliveSecondErrors } from '../../../../src/infrastructure/system/second-errors.ts';

/** As Node reports a socket that is about to connect. */
const openedSocket = (): Socket => {
  const socket = new Socket();
  channel('net.client.socket').publish({ socket });
  return socket;
};

describe('outliveSecondErrors', () => {
  before(outliveSecondErrors);

  it('lets a socket tell of a second error where its driver listens to the first alone', () => {
    const heard: string[] = [];
    const socket = openedSocket();
    socket.once('error', ({ message }: Error) => heard.push(message));
    socket.emit('error', new Error('not trusted'));
    socket.emit('error', new Error('decode error'));
    expect(heard).to.deep.equal(['not trusted']);
    expect(socket.destroyed).to.equal(true);
  });

  it('does not hide a first error that nobody listens to', () => {
    const socket = openedSocket();
    expect(() => socket.emit('error', new Error('nobody hears'))).to.throw('nobody hears');
  });
});
