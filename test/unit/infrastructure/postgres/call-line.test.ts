import { expect } from 'chai';
import { callLine, keyOfCallLine } from '../../../../src/infrastructure/postgres/trail/call-line.ts';
import { aCacheHit, aCallRecord } from '../../../support/a-recorded-call.ts';

describe('the line of a call', () => {
  for (const [what, call] of Object.entries({
    'that says all there is to say': aCallRecord({
      endpoint: '/geocode/json',
      httpMethod: 'GET',
      requestHeaders: { 'cache-control': 'no-cache' },
      requestBody: { address: 'Ташкент' },
      responseBody: { matches: [] },
    }),
    'that leaves out what it can': aCacheHit({
      serviceId: undefined,
      endpoint: undefined,
      httpMethod: undefined,
      requestBody: undefined,
      responseStatusCode: undefined,
      responseBody: undefined,
    }),
    'whose texts hold what ends fields and lines': aCallRecord({
      actorId: 'an\x1factor',
      requestId: '\x1f\x1e\0',
      serviceName: 'google\x1fmaps',
      requestBody: { address: '\x1f\x1e' },
    }),
  }))
    it(`tells id and start of one ${what}`, () => {
      const { id, startedAt } = call;
      expect(keyOfCallLine(callLine(call))).to.deep.equal({ id, startedAt });
    });

  it('tells of what is no such line that nothing can be found by it', () => {
    expect(keyOfCallLine('torn')).to.deep.equal({ id: 'torn', startedAt: Number.NaN });
  });
});
