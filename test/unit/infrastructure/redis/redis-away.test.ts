import { expect } from 'chai';
import { isCommandFault, reasonOf } from '../../../../src/infrastructure/redis/connection/redis-away.ts';

/** In the form in which the driver passes on an error from Redis. */
const reply = (message: string): Error => Object.assign(new Error(message), { name: 'ReplyError' });

const inAScript = (message: string): string =>
  `ERR Error running script (call to f_0a1b): @user_script:7: @user_script: 7: ${message}`;

describe('what Redis answers', () => {
  for (const [message, reason] of [
    ["OOM command not allowed when used memory > 'maxmemory'. script: 0a1b, on @user_script:7.", 'OOM'],
    [inAScript("-OOM command not allowed when used memory > 'maxmemory'."), 'OOM'],
    [inAScript("-READONLY You can't write against a read only replica."), 'READONLY'],
    ['LOADING Redis is loading the dataset in memory', 'LOADING'],
  ] as const)
    it(`is about Redis: ${message}`, () => {
      expect(isCommandFault(reply(message))).to.equal(false);
      expect(reasonOf(reply(message))).to.equal(reason);
    });

  for (const message of [
    'WRONGTYPE Operation against a key holding the wrong kind of value',
    inAScript('WRONGTYPE Operation against a key holding the wrong kind of value'),
    inAScript('attempt to perform arithmetic on a nil value'),
    'ERR wrong number of arguments',
  ])
    it(`is about the command or its keys: ${message}`, () => {
      expect(isCommandFault(reply(message))).to.equal(true);
    });

  for (const message of [
    "ERR unknown command 'INFO', with args beginning with: ",
    'ERR unknown command `INFO`, with args beginning with: ',
    'ERR Unknown Redis command called from script script: 0a1b, on @user_script:2.',
    inAScript('Unknown Redis command called from Lua script'),
  ])
    it(`is that a command was taken away or renamed, and no mistake in it: ${message}`, () => {
      expect(isCommandFault(reply(message))).to.equal(false);
      expect(reasonOf(reply(message))).to.equal('unknown command');
    });
});
