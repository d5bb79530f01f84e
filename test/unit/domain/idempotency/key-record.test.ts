import { expect } from 'chai';
import {
  claimedBy,
  isHeldBy,
  leftInDoubt,
  released,
  sentBy,
  verdictOn,
  type KeyRecord,
} from '../../../../src/domain/idempotency/key-record.ts';
import { NOON } from '../../../support/an-external-service.ts';

const aRecord = (change: Partial<KeyRecord> = {}): KeyRecord => ({
  fingerprint: 'asked',
  mark: 7,
  leaseId: 'first',
  leasedUntil: NOON,
  isTakenOver: false,
  sentUnder: undefined,
  answer: undefined,
  ...change,
});
const finished = aRecord({ answer: { value: 'done', at: NOON, markPlace: undefined } });
const claim = { fingerprint: 'asked', mark: 8, leaseId: 'second', leasedUntil: NOON + 60_000 };

describe('what is known of an idempotency key', () => {
  it('is nothing: whoever comes first has it', () => {
    expect(verdictOn(undefined, 'asked', NOON)).to.equal('claimed');
    const fresh = { isTakenOver: false, sentUnder: undefined, answer: undefined };
    expect(claimedBy(undefined, claim)).to.deep.equal({ ...claim, ...fresh });
  });

  it('is that somebody is at it, up to the last millisecond of the lease', () => {
    const verdicts = [NOON - 1, NOON, NOON + 1].map((now) => verdictOn(aRecord(), 'asked', now));
    expect(verdicts).to.deep.equal(['running', 'running', 'taken-over']);
  });

  it('is the answer for ever, once there is one', () => {
    for (const now of [NOON - 1, NOON + 1]) expect(verdictOn(finished, 'asked', now)).to.equal('finished');
  });

  it('is that something else was asked, before anything else', () => {
    for (const known of [aRecord(), aRecord({ leasedUntil: NOON - 1 }), finished])
      expect(verdictOn(known, 'something else', NOON)).to.equal('mismatch');
  });

  it('is the first mark, whoever takes over: it may stand in a spreadsheet already', () => {
    expect(claimedBy(aRecord(), claim)).to.deep.equal({
      ...claim,
      mark: 7,
      isTakenOver: true,
      sentUnder: undefined,
      answer: undefined,
    });
  });

  it('is who was about to send what no repeat could recognise, the first of them, whoever takes over', () => {
    const sent = sentBy(aRecord());
    expect(sent).to.deep.equal(aRecord({ sentUnder: 'first' }));
    const taken = claimedBy(sent, claim);
    expect(taken.sentUnder).to.equal('first');
    expect(sentBy(taken).sentUnder).to.equal('first');
  });

  it('is that nothing was sent when whoever was about to gives it back, but not what others told', () => {
    const [own, others] = ['first', 'before'].map((sentUnder) => aRecord({ isTakenOver: true, sentUnder }));
    expect(released(own!)?.sentUnder).to.equal(undefined);
    expect(released(others!)?.sentUnder).to.equal('before');
  });

  it('may be changed by the holder of its lease alone, also when that ran out, until there is an answer', () => {
    expect(isHeldBy(aRecord({ leasedUntil: 0 }), 'first')).to.equal(true);
    expect(isHeldBy(aRecord(), 'second')).to.equal(false);
    expect(isHeldBy(finished, 'first')).to.equal(false);
    expect(isHeldBy(undefined, 'first')).to.equal(false);
  });

  it('is in doubt when it is left so: the next one takes over at once', () => {
    const doubted = leftInDoubt(aRecord());
    expect(verdictOn(doubted, 'asked', 0)).to.equal('taken-over');
    expect({ ...doubted, leasedUntil: NOON }).to.deep.equal(aRecord());
  });

  it('is forgotten when nothing was done, but left in doubt when somebody was at it before', () => {
    expect(released(aRecord())).to.equal(undefined);
    const takenOver = aRecord({ isTakenOver: true });
    expect(released(takenOver)).to.deep.equal(leftInDoubt(takenOver));
  });
});
