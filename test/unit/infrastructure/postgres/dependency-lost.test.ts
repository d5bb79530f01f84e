import { expect } from 'chai';
import { DatabaseError } from 'pg';
import { TrailUnavailable } from '../../../../src/infrastructure/postgres/trail/call-group.ts';
import { isDataError } from '../../../../src/infrastructure/postgres/data-error.ts';
import { DatabaseAway } from '../../../../src/infrastructure/postgres/connection/database-away.ts';
import { isDependencyLost } from '../../../../src/infrastructure/postgres/dependency-lost.ts';

const refusal = (code: string, severity = 'ERROR'): DatabaseError =>
  Object.assign(new DatabaseError('a refusal', 0, 'error'), { code, severity });

describe('isDependencyLost', () => {
  const passing: Readonly<Record<string, string>> = {
    '08006': 'connection failure',
    '25006': 'read-only, on a standby',
    '40001': 'serialization failure',
    '40P01': 'deadlock',
    '42501': 'a right that was taken away',
    '53100': 'disk full',
    '53200': 'out of memory',
    '53300': 'too many connections',
    '55P03': 'lock not available',
    '57014': 'statement timeout',
    '57P01': 'shutdown',
    '57P03': 'cannot connect now',
    '58030': 'input or output error',
  };
  for (const [code, what] of Object.entries(passing))
    it(`says that time may cure ${what} (${code}), wrapped or not`, () => {
      expect(isDependencyLost(refusal(code))).to.equal(true);
      expect(isDependencyLost(new Error('a statement failed', { cause: refusal(code) }))).to.equal(true);
    });

  const ours = ['22P02', '23505', '25P02', '42601', '42P01', '54001', 'XX000'];
  for (const code of ours)
    it(`treats ${code} as a fault of ours`, () => expect(isDependencyLost(refusal(code))).to.equal(false));

  it('treats a row refused by a policy as a fault of ours: it was meant for another tenant', () => {
    const routine = 'ExecWithCheckOptions';
    const policy = Object.assign(refusal('42501'), { routine });
    expect(isDependencyLost(policy)).to.equal(false);
    expect(isDependencyLost(new Error('a statement failed', { cause: policy }))).to.equal(false);
    expect(isDependencyLost(Object.assign(refusal('42501'), { routine: 'aclcheck_error' }))).to.equal(true);
  });

  it('says that another try cures a row that was on its way to a partition, not one that its table refuses', () => {
    const named = (constraint?: string) => Object.assign(refusal('23514'), { constraint });
    expect(isDependencyLost(new Error('a statement failed', { cause: named() }))).to.equal(true);
    expect(isDependencyLost(named('call_has_an_end'))).to.equal(false);
    expect([named(), named('call_has_an_end')].map((error) => isDataError(error))).to.deep.equal([
      false,
      true,
    ]);
  });

  it('treats everything that ends a session as a loss, in any language of the server', () => {
    expect(isDependencyLost(refusal('28P01', 'FATAL'))).to.equal(true);
    for (const code of ['28P01', '3D000']) expect(isDependencyLost(refusal(code, 'ВАЖНО'))).to.equal(true);
    const closed = Object.assign(refusal('55000', 'ВАЖНО'), { routine: 'CheckMyDatabase' });
    expect(isDependencyLost(closed)).to.equal(true);
    expect(isDependencyLost(refusal('55000', 'ОШИБКА'))).to.equal(false);
  });

  it('knows losses that are told without a code', () => {
    const losses = [
      new DatabaseAway('ECONNREFUSED'),
      new TrailUnavailable('the call trail is unavailable'),
      Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
      new Error('Connection terminated unexpectedly'),
      new Error('Query read timeout'),
    ];
    expect(losses.map((error) => isDependencyLost(error))).to.deep.equal(losses.map(() => true));
  });

  const onTheWay = [
    'EHOSTUNREACH',
    'ENETUNREACH',
    'EHOSTDOWN',
    'ENETDOWN',
    'EADDRNOTAVAIL',
    'EMFILE',
    'ENFILE',
  ];
  for (const code of onTheWay)
    it(`treats ${code} as a loss: the server is unreachable, or this machine can make no connection`, () =>
      expect(isDependencyLost(Object.assign(new Error('connect'), { code }))).to.equal(true));

  it('considers a name with two addresses lost by the error of either, whichever was tried first', () => {
    const at = (code: string) => Object.assign(new Error('connect'), { code });
    for (const codes of [
      ['EAFNOSUPPORT', 'ECONNREFUSED'],
      ['ECONNREFUSED', 'EAFNOSUPPORT'],
    ]) {
      const [first = ''] = codes;
      const both = Object.assign(new AggregateError(codes.map(at)), { code: first });
      expect(isDependencyLost(both), first).to.equal(true);
    }
  });

  it('leaves all else to be a bug, also an error that is its own cause', () => {
    const circle = new Error('round and round');
    circle.cause = circle;
    for (const error of [new TypeError('undefined is not a function'), circle, 'a text', undefined])
      expect(isDependencyLost(error)).to.equal(false);
  });
});
