import { expect } from 'chai';
import { left, right } from '../../../../src/domain/shared/fp.ts';
import { addressFrom, networkFrom } from '../../../../src/domain/webhook/sender/ip-address.ts';
import {
  addressJudge,
  allowlistEntry,
  type IpRangeSets,
} from '../../../../src/domain/webhook/ip-allowlist.ts';
import { refreshed, withdrawn } from '../../../../src/domain/webhook/sender/range-refresh.ts';
import type { IpMode } from '../../../../src/domain/webhook/webhook-config.ts';
import { ipNotation } from '../../../../src/infrastructure/webhooks/ip-notation.ts';

const sets: IpRangeSets = {
  networksOf: (list) => {
    const network = networkFrom(ipNotation, '192.30.252.0/22');
    return list === 'github' && network._tag === 'Right' ? [network.right] : [];
  },
};

describe('an allowlist', () => {
  const judge = addressJudge(ipNotation, sets);
  const verdict = (ipMode: IpMode, entries: readonly string[], text: string) =>
    judge({ ipMode, ipAllowlist: entries }, addressFrom(ipNotation, text));

  it('admits its networks and managed lists and refuses the rest when it is enforced', () => {
    const entries = ['10.0.0.0/8', '2001:db8::/32', 'github'];
    for (const address of ['10.1.2.3', '::ffff:10.1.2.3', '2001:db8::9', '192.30.253.7'])
      expect(verdict('enforce', entries, address), address).to.equal('admitted');
    for (const address of ['11.0.0.1', '2001:db9::1', '192.30.251.255', 'garbage', '::ffff:11.0.0.1'])
      expect(verdict('enforce', entries, address), address).to.equal('refused');
  });

  it('only notes what it would refuse when it observes, and looks at nothing when it is off', () => {
    expect(verdict('observe', ['10.0.0.0/8'], '11.0.0.1')).to.equal('noted');
    expect(verdict('observe', ['10.0.0.0/8'], '')).to.equal('noted');
    expect(verdict('off', ['10.0.0.0/8'], '11.0.0.1')).to.equal('admitted');
  });

  it('refuses everybody when it is enforced and names a list without entries', () => {
    expect(verdict('enforce', ['stripe'], '3.18.12.63')).to.equal('refused');
  });

  it('asks for the lists that it names, and for no other', () => {
    const asked: string[] = [];
    const judgeOf = addressJudge(ipNotation, { networksOf: (list) => (asked.push(list), []) });
    const webhook = { ipMode: 'enforce', ipAllowlist: ['10.0.0.0/8', 'github'] } as const;
    expect(judgeOf(webhook, addressFrom(ipNotation, '11.0.0.1'))).to.equal('refused');
    expect(asked).to.deep.equal(['github']);
  });

  it('is read once, however many addresses it judges', () => {
    let reads = 0;
    const counted = { ...ipNotation, read: (text: string) => ((reads += 1), ipNotation.read(text)) };
    const judgeOf = addressJudge(counted, sets);
    const webhook = { ipMode: 'enforce', ipAllowlist: ['10.0.0.0/8', '2001:db8::/32'] } as const;
    for (const text of ['10.0.0.1', '11.0.0.1', '2001:db8::1'])
      judgeOf(webhook, addressFrom(ipNotation, text));
    expect(reads).to.equal(2);
  });

  it('takes names of lists, and networks in canonical form, also those that begin or end with letters', () => {
    expect(allowlistEntry(ipNotation, 'github')).to.deep.equal(right('github'));
    expect(allowlistEntry(ipNotation, '2001:DB8::/32')).to.deep.equal(right('2001:db8::/32'));
    for (const address of ['2001:db8::face', 'fd00::1'])
      expect(allowlistEntry(ipNotation, address)).to.deep.equal(right(address));
    expect(allowlistEntry(ipNotation, 'gitlab')).to.deep.equal(
      left('no list of that name; there are github, stripe, telegram'),
    );
  });
});

describe('a refresh of a managed list', () => {
  const current = { cidrs: ['a', 'b', 'c', 'd'], pendingReview: undefined };

  it('keeps the list when it brings nothing, or the same', () => {
    expect(refreshed(current, [], false)).to.deep.equal({ kind: 'kept' });
    expect(refreshed(current, ['d', 'c', 'b', 'a', 'a'], false)).to.deep.equal({ kind: 'kept' });
  });

  it('begins it, each entry once', () => {
    expect(refreshed(undefined, ['b', 'a', 'b'], false)).to.deep.equal({
      kind: 'replaced',
      set: { cidrs: ['a', 'b'], pendingReview: undefined },
    });
  });

  it('replaces it while at least half of it stays', () => {
    for (const cidrs of [
      ['a', 'b', 'c'],
      ['a', 'b', 'c', 'e'],
    ])
      expect(refreshed(current, cidrs, false)).to.deep.equal({
        kind: 'replaced',
        set: { cidrs, pendingReview: undefined },
      });
    expect(refreshed(current, ['c', 'd', 'e'], false)).to.deep.equal({
      kind: 'replaced',
      set: { cidrs: ['c', 'd', 'e'], pendingReview: undefined },
    });
  });

  it('waits for an operator when more than half of it would go', () => {
    const held = { cidrs: current.cidrs, pendingReview: ['d', 'e'] };
    expect(refreshed(current, ['d', 'e'], false)).to.deep.equal({ kind: 'held', set: held });
    expect(refreshed(held, ['e', 'd'], true)).to.deep.equal({
      kind: 'replaced',
      set: { cidrs: ['d', 'e'], pendingReview: undefined },
    });
    expect(refreshed(held, current.cidrs, false)).to.deep.equal({ kind: 'replaced', set: current });
  });

  it('waits for nobody once nothing else is offered', () => {
    expect(withdrawn({ ...current, pendingReview: ['d'] })).to.deep.equal({ kind: 'replaced', set: current });
    expect(withdrawn(current)).to.deep.equal({ kind: 'kept' });
  });
});
