import { expect } from 'chai';
import { DatabaseError } from 'pg';
import { endsSession } from '../../../../src/infrastructure/postgres/ends-session.ts';

const said = (code: string, severity: string): DatabaseError =>
  Object.assign(new DatabaseError('a refusal', 0, 'error'), { code, severity });

describe('what ends a session', () => {
  const ending = ['08P01', '25P03', '25P04', '28P01', '3D000', '57P01', '57P02', '57P05'];

  it('is known by its code where the server speaks another language', () => {
    for (const code of ending) expect(endsSession(said(code, 'ВАЖНО')), code).to.equal(true);
  });

  it('is also known by who says it where the code alone may be of a statement: a database that lets nobody in', () => {
    const closed = said('55000', 'ВАЖНО');
    expect(endsSession(closed)).to.equal(false);
    for (const routine of ['CheckMyDatabase', 'InitPostgres'])
      expect(endsSession(Object.assign(closed, { routine })), routine).to.equal(true);
  });

  it('is fatal or worse where the server speaks English, whatever the code', () => {
    for (const severity of ['FATAL', 'PANIC']) expect(endsSession(said('XX000', severity))).to.equal(true);
  });

  it('is no refusal of a statement, in any language', () => {
    for (const severity of ['ERROR', 'ОШИБКА', 'FEHLER'])
      for (const code of ['23505', '25006', '40001', '53100', '57014'])
        expect(endsSession(said(code, severity)), code).to.equal(false);
  });

  it('is not an error that only resembles one by its code: of a statement with too few values, or of another server', () => {
    for (const code of ['08P01', '57P01']) expect(endsSession(said(code, 'ERROR')), code).to.equal(false);
  });

  it('is not an error that only this machine reports', () =>
    expect(endsSession(new Error('no'))).to.equal(false));
});
