import { expect } from 'chai';
import fc from 'fast-check';
import {
  isReplayable,
  keyedReplayId,
  replayEventId,
  replayTurn,
} from '../../../../src/domain/webhook/delivery/replay.ts';
import { keptStates } from '../../../../src/domain/webhook/delivery/received-delivery.ts';
import { anId, OTHER_TENANT, TENANT } from '../../../support/an-external-service.ts';

describe('a replay', () => {
  it('sends each delivery under one id, and another replay under another', () => {
    const id = replayEventId(anId(1), anId(2));
    expect(id).to.equal(replayEventId(anId(1), anId(2)));
    const others = [
      replayEventId(anId(2), anId(1)),
      replayEventId(anId(1), anId(3)),
      replayEventId(anId(3), anId(2)),
    ];
    expect(new Set([id, ...others]).size).to.equal(4);
  });

  it('gives ids that are UUIDs of version 8', () => {
    const version8 = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), fc.integer({ min: 1 }), (replay, delivery, mark) => {
        expect(replayEventId(replay, delivery)).to.match(version8);
        expect(keyedReplayId(TENANT, mark)).to.match(version8);
      }),
    );
  });

  it('keeps its ids from one version of the program to the next, or a repeat would not be known', () => {
    expect(replayEventId(anId(3), anId(4))).to.equal('e73d6e85-f7c2-8a64-bbc1-8f85955581d4');
    expect(keyedReplayId(TENANT, 5)).to.equal('d3b49b58-0e43-8092-b7d8-331bb08bf2ce');
  });

  it('has one id for a key, however often it is requested, and another for another key or tenant', () => {
    expect(keyedReplayId(TENANT, 7)).to.equal(keyedReplayId(TENANT, 7));
    const ids = [keyedReplayId(TENANT, 7), keyedReplayId(TENANT, 8), keyedReplayId(OTHER_TENANT, 7)];
    expect(new Set(ids).size).to.equal(3);
  });

  it('sends what was or could have been published, and nothing else', () => {
    expect(keptStates.filter(isReplayable)).to.deep.equal(['accepted', 'held', 'filtered', 'parked']);
  });

  it('waits for its time, and goes on where its time was', () => {
    expect(replayTurn({ ratePerSecond: 10, nextAt: 1_000, left: 5 }, 999)).to.deep.equal({
      count: 0,
      nextAt: 1_000,
    });
    expect(replayTurn({ ratePerSecond: 10, nextAt: 1_000, left: 5 }, 1_000)).to.deep.equal({
      count: 1,
      nextAt: 1_100,
    });
    expect(replayTurn({ ratePerSecond: 10, nextAt: 1_000, left: 1 }, 1_250)).to.deep.equal({
      count: 1,
      nextAt: 1_100,
    });
  });

  it('goes on although a clock that was a day ahead has told when, and believes one that is a minute ahead', () => {
    const day = 86_400_000;
    expect(replayTurn({ ratePerSecond: 10, nextAt: day, left: 5 }, 1_000)).to.deep.equal({
      count: 1,
      nextAt: 1_100,
    });
    expect(replayTurn({ ratePerSecond: 10, nextAt: 61_100, left: 5 }, 1_000)).to.deep.equal({
      count: 0,
      nextAt: 61_100,
    });
  });

  it('is not early by the part of a millisecond that its rate leaves over', () => {
    expect(replayTurn({ ratePerSecond: 3, nextAt: 1_000, left: 5 }, 1_000)).to.deep.equal({
      count: 1,
      nextAt: 1_334,
    });
  });

  it('does not hurry after it was stalled', () => {
    const { count, nextAt } = replayTurn({ ratePerSecond: 10, nextAt: 0, left: 1_000 }, 3_600_000);
    expect(count).to.equal(3);
    expect(nextAt).to.be.greaterThan(3_600_000);
  });

  it('keeps its rate in every second, whenever its turns come', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.array(fc.integer({ min: 0, max: 2_000 }), { minLength: 1, maxLength: 200 }),
        (ratePerSecond, waits) => {
          const sent: number[] = [];
          let now = 0;
          let nextAt = 0;
          for (const wait of waits) {
            now += wait;
            const turn = replayTurn({ ratePerSecond, nextAt, left: 1_000 }, now);
            ({ nextAt } = turn);
            for (let n = 0; n < turn.count; n += 1) sent.push(now);
          }
          // A quarter of a second may be caught up.
          const most = Math.floor(ratePerSecond * 1.25) + 1;
          for (const from of sent)
            if (sent.filter((at) => at >= from && at < from + 1_000).length > most) return false;
          return true;
        },
      ),
    );
  });
});
