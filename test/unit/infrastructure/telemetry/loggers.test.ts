import { expect } from 'chai';
import { requestLogger } from '../../../../src/infrastructure/telemetry/request-logger.ts';
import { winstonLogger } from '../../../../src/infrastructure/telemetry/winston-logger.ts';

const NOON = Date.UTC(2026, 10, 22, 12);

const lines = () => {
  const texts: string[] = [];
  const take = (line: string): void => void texts.push(line);
  return { output: { now: take, soon: take }, read: () => texts.map((text): unknown => JSON.parse(text)) };
};

describe('loggers', () => {
  it('write a request as one JSON line', () => {
    const { output, read } = lines();
    requestLogger('info', output, () => NOON).warn({ status: 503, tenant: undefined });
    expect(read()).to.deep.equal([
      { level: 'warn', message: 'request', timestamp: '2026-11-22T12:00:00.000Z', status: 503 },
    ]);
  });

  it('write with it the fields of every line, also for a request without any of its own', () => {
    const { output, read } = lines();
    const always = { worker: 2, at: 'a "place"' };
    const logger = requestLogger('info', output, () => NOON, always);
    logger.info({ status: 200 });
    logger.info({ tenant: undefined });
    const same = { level: 'info', message: 'request', timestamp: '2026-11-22T12:00:00.000Z', ...always };
    expect(read()).to.deep.equal([{ ...same, status: 200 }, same]);
  });

  it('write any other message in the same form', () => {
    const { output, read } = lines();
    winstonLogger('info', output).info('listening', { port: 1 });
    const [line] = read() as [{ timestamp: string }];
    expect(line).to.deep.equal({
      level: 'info',
      message: 'listening',
      port: 1,
      timestamp: new Date(line.timestamp).toISOString(),
    });
  });

  for (const make of [
    (output: Parameters<typeof winstonLogger>[1]) => {
      const { info, warn, error } = winstonLogger('warn', output);
      return { info: () => info('x'), warn: () => warn('x'), error: () => error('x') };
    },
    (output: Parameters<typeof winstonLogger>[1]) => {
      const { info, warn, error } = requestLogger('warn', output, () => NOON);
      return { info: () => info({}), warn: () => warn({}), error: () => error({}) };
    },
  ])
    it('leave out what is below the level', () => {
      const { output, read } = lines();
      const logger = make(output);
      logger.info();
      logger.warn();
      logger.error();
      expect(read().map((line) => (line as { level: string }).level)).to.deep.equal(['warn', 'error']);
    });
});
