import { expect } from 'chai';
import {
  errorFields,
  silentLogger,
  winstonLogger,
} from '../../../../src/infrastructure/telemetry/winston-logger.ts';

const logged = (level: string) => {
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  const logger = winstonLogger(level, { now: write, soon: write });
  return { logger, entries: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>), lines };
};

describe('the log', () => {
  it('is one JSON object a line, with level, message, time and fields', () => {
    const { logger, entries, lines } = logged('info');
    logger.info('listening', { port: 8006, text: 'two\nlines "quoted"' });
    expect(lines).to.have.length(1);
    expect(lines[0]?.trimEnd()).to.not.include('\n');
    const [entry] = entries();
    expect(entry).to.deep.include({
      level: 'info',
      message: 'listening',
      port: 8006,
      text: 'two\nlines "quoted"',
    });
    expect(Number.isNaN(Date.parse(String(entry?.['timestamp'])))).to.equal(false);
  });

  it('leaves out what is below its level', () => {
    const { logger, entries } = logged('warn');
    logger.debug('a');
    logger.info('b');
    logger.warn('c');
    logger.error('d');
    expect(entries().map(({ message }) => message)).to.deep.equal(['c', 'd']);
  });

  it('may be silent', () => {
    for (const say of Object.values(silentLogger)) expect(say('anything', {})).to.equal(undefined);
  });
});

describe('what is logged of an error', () => {
  it('has the code where an error has no text, as that of a name with two addresses', () => {
    const both = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
    expect(errorFields(both)).to.deep.equal({
      error: 'ECONNREFUSED',
      error_name: 'AggregateError',
      error_code: 'ECONNREFUSED',
    });
  });

  it('is its name, message and code, and no stack', () => {
    const error = Object.assign(new TypeError('went wrong'), { code: 'E_WRONG', secret: 'PLANTED' });
    expect(errorFields(error)).to.deep.equal({
      error: 'went wrong',
      error_name: 'TypeError',
      error_code: 'E_WRONG',
    });
    expect(errorFields(Object.assign(new Error('x'), { code: 7 }))).to.deep.equal({
      error: 'x',
      error_name: 'Error',
    });
  });

  it('is the code of its cause, if it has none itself, and not its message', () => {
    const disk = Object.assign(new Error('insert into PLANTED'), { code: '53100' });
    const wrapped = new Error('the spool cannot be shipped', {
      cause: new Error('on its way', { cause: disk }),
    });
    expect(errorFields(wrapped)).to.deep.equal({
      error: 'the spool cannot be shipped',
      error_name: 'Error',
      error_code: '53100',
    });
  });

  it('is found in time also where an error came of itself', () => {
    const error = new Error('went wrong');
    error.cause = error;
    expect(errorFields(error)).to.deep.equal({ error: 'went wrong', error_name: 'Error' });
  });

  it('is something also when it is no Error', () => {
    for (const thrown of ['text', 7, null, undefined, {}])
      expect(errorFields(thrown)).to.have.property('error');
  });

  it('is never a secret that its message quotes', () => {
    const url = 'postgresql://app:PLANTED-password@db:5432/x';
    for (const quoted of [url, `ist_${'PLANTED'.repeat(7)}`, 'https://x.test/?key=PLANTED'])
      for (const error of [new Error(`cannot reach ${quoted}`), `cannot reach ${quoted}`])
        expect(JSON.stringify(errorFields(error))).to.not.include('PLANTED');
  });
});
