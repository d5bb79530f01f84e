import { expect } from 'chai';
import type { LookupAddress } from 'node:dns';
import {
  osResolver,
  rememberingResolver,
  type ResolveAll,
} from '../../../../src/infrastructure/security/remembered-addresses.ts';

const HOUR = 3_600_000;
const at = (address: string): LookupAddress => ({ address, family: 4 });
const failure = (code: string): NodeJS.ErrnoException => Object.assign(new Error(code), { code });

describe('addresses of names looked up before', () => {
  const rig = () => {
    let now = 0;
    const asked: { readonly name: string; readonly answer: Parameters<ResolveAll>[1] }[] = [];
    const timers: (() => void)[] = [];
    const resolve = rememberingResolver({
      resolveAll: (name, answer) => void asked.push({ name, answer }),
      monotonic: () => now,
      timers: {
        set: (callback) => timers.push(callback) - 1,
        clear: (index) => void (timers[index as number] = () => undefined),
      },
    });
    const heard: string[] = [];
    const ask = (name: string): void =>
      resolve(name, (error, addresses) =>
        heard.push(error?.code ?? addresses.map(({ address }) => address).join()),
      );
    return {
      ask,
      heard,
      names: () => asked.map(({ name }) => name),
      answerWith: (error: NodeJS.ErrnoException | null, ...addresses: string[]) =>
        asked.shift()?.answer(error, addresses.map(at)),
      pass: (milliseconds: number) => void (now += milliseconds),
      patienceEnds: () => timers.splice(0).forEach((callback) => callback()),
    };
  };

  it('are asked for once by all who ask at one time', () => {
    const { ask, heard, names, answerWith } = rig();
    for (const name of ['a.test', 'a.test', 'b.test', 'a.test']) ask(name);
    expect(names()).to.deep.equal(['a.test', 'b.test']);
    answerWith(null, '8.8.8.8');
    expect(heard).to.deep.equal(['8.8.8.8', '8.8.8.8', '8.8.8.8']);
  });

  it('are what the resolver says now, as long as it answers', () => {
    const { ask, heard, answerWith, patienceEnds } = rig();
    ask('a.test');
    answerWith(null, '8.8.8.8');
    ask('a.test');
    answerWith(null, '9.9.9.9');
    patienceEnds();
    expect(heard).to.deep.equal(['8.8.8.8', '9.9.9.9']);
  });

  for (const code of ['EAI_AGAIN', 'EAI_FAIL'])
    it(`are those of before when it says ${code}`, () => {
      const { ask, heard, answerWith } = rig();
      ask('a.test');
      answerWith(null, '8.8.8.8');
      ask('a.test');
      answerWith(failure(code));
      expect(heard).to.deep.equal(['8.8.8.8', '8.8.8.8']);
    });

  it('are those of before when it is silent for too long, and what it says later is for the next', () => {
    const { ask, heard, answerWith, patienceEnds } = rig();
    ask('a.test');
    answerWith(null, '8.8.8.8');
    ask('a.test');
    patienceEnds();
    answerWith(null, '9.9.9.9');
    ask('a.test');
    patienceEnds();
    expect(heard).to.deep.equal(['8.8.8.8', '8.8.8.8', '9.9.9.9']);
  });

  it('are waited for when nothing is known, or for more than an hour', () => {
    const { ask, heard, answerWith, pass, patienceEnds } = rig();
    ask('a.test');
    patienceEnds();
    expect(heard).to.deep.equal([]);
    answerWith(null, '8.8.8.8');
    pass(HOUR + 1);
    ask('a.test');
    patienceEnds();
    answerWith(failure('EAI_AGAIN'));
    expect(heard).to.deep.equal(['8.8.8.8', 'EAI_AGAIN']);
  });

  it('end with the name', () => {
    const { ask, heard, answerWith } = rig();
    ask('a.test');
    answerWith(null, '8.8.8.8');
    ask('a.test');
    answerWith(failure('ENOTFOUND'));
    expect(heard).to.deep.equal(['8.8.8.8', 'ENOTFOUND']);
  });

  it('come from the system', async () => {
    const { promise, resolve } = Promise.withResolvers<readonly LookupAddress[]>();
    osResolver('127.0.0.1', (_error, addresses) => resolve(addresses));
    expect(await promise).to.deep.equal([at('127.0.0.1')]);
  });
});
