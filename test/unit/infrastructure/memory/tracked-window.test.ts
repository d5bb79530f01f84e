import { expect } from 'chai';
import { advance } from '../../../../src/domain/rate-limit/rate-limit-window.ts';
import {
  addCostTo,
  count,
  restoreRow,
  trackWindow,
  writeRow,
} from '../../../../src/infrastructure/memory/tracked-window.ts';
import { aTenant } from '../../../support/quota-subjects.ts';

const MINUTE = 60_000;
const owner = { tenantId: aTenant(), subjectId: 'service-1', serviceName: 'google_maps' };

describe('a window with what its row needs', () => {
  it('includes the cost of a stored row that is read late, whatever was counted meanwhile and has left', () => {
    const tracked = trackWindow('minute', 10);
    advance(tracked.window, 0);
    for (let call = 0; call < 5; call += 1) count(tracked, 1);
    addCostTo(tracked, 25_000);
    const stored = {
      ...writeRow(owner, trackWindow('minute', 10), 0, true),
      used: 2,
      totalCostMicros: 10_000,
    };
    const late = 2 * MINUTE;
    restoreRow(tracked, { ...stored, entries: [[late - 1, 2]] }, late);
    expect(writeRow(owner, tracked, 0, true)).to.include({ used: 2, totalCostMicros: 10_000 });
    expect(tracked.counted).to.equal(7);
  });
});
