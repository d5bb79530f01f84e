import { expect } from 'chai';
import type { RegisterServiceFailure } from '../../../../src/application/commands/register-service.ts';
import type { ServiceFields } from '../../../../src/domain/external-service/service-fields.ts';
import { isLeft, left, right } from '../../../../src/domain/shared/fp.ts';
import { configFrom } from '../../../../src/infrastructure/config/config.ts';
import { seedDefaultTenant } from '../../../../src/infrastructure/container/seed.ts';
import { anExternalService } from '../../../support/an-external-service.ts';
import { recordingLogger } from '../../../support/recording-logger.ts';

const seeded = async (
  known: readonly string[],
  failure: (fields: ServiceFields) => RegisterServiceFailure | undefined = () => undefined,
) => {
  const config = configFrom({ GOOGLE_MAPS_API_KEY: 'google-key', YANDEX_MAPS_API_KEY: 'yandex-key' });
  if (isLeft(config)) throw new Error(config.left.join('\n'));
  const logger = recordingLogger();
  const asked: string[] = [];
  await seedDefaultTenant({
    config: config.right,
    logger,
    services: {
      list: () =>
        Promise.resolve({
          items: known.map((serviceName) => anExternalService({ serviceName })),
          nextCursor: undefined,
        }),
    },
    application: {
      commands: {
        registerService: (_ctx, { fields }) => {
          asked.push(fields.serviceName);
          const failed = failure(fields);
          return Promise.resolve(failed ? left(failed) : right(anExternalService()));
        },
      },
    },
  });
  return { asked, lines: logger.lines };
};

describe('services that the environment names', () => {
  it('are registered at a first start, with the gazetteer if the database is embedded', async () => {
    const { asked, lines } = await seeded([]);
    expect(asked).to.deep.equal(['google_maps', 'yandex_maps', 'gazetteer']);
    expect(lines.map(({ level }) => level)).to.deep.equal(['info', 'info', 'info']);
  });

  it('are left unchanged once they exist', async () => {
    const { asked, lines } = await seeded(['yandex_maps', 'gazetteer']);
    expect(asked).to.deep.equal(['google_maps']);
    // The tenant under the name that it has in every line (docs/architecture.md).
    expect(lines).to.deep.equal([
      {
        level: 'info',
        message: 'service registered',
        fields: { service_name: 'google_maps', tenant: 'uk_company_1' },
      },
    ]);
  });

  it('are nothing to speak of where another replica registers them at the same moment', async () => {
    const { asked, lines } = await seeded([], ({ serviceName }) => ({ kind: 'name-taken', serviceName }));
    expect(asked).to.have.length(3);
    expect(lines).to.deep.equal([]);
  });

  it('are told of when they cannot be registered', async () => {
    const problems = [{ pointer: '/api_key', detail: 'too long' }] as const;
    const { lines } = await seeded(['google_maps', 'gazetteer'], () => ({ kind: 'invalid-input', problems }));
    expect(lines).to.deep.equal([
      {
        level: 'warn',
        message: 'service from the environment not registered',
        fields: { service_name: 'yandex_maps', reason: 'invalid-input' },
      },
    ]);
  });
});
