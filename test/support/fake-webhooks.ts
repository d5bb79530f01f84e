import { randomBytes } from 'node:crypto';
import type { Application } from '../../src/application/application.ts';
import { changeWebhook } from '../../src/application/commands/change-webhook.ts';
import { createWebhook } from '../../src/application/commands/create-webhook.ts';
import { removeWebhook } from '../../src/application/commands/remove-webhook.ts';
import { rotateWebhookSecret, rotateWebhookToken } from '../../src/application/commands/rotate-webhook.ts';
import { getWebhook, listWebhooks } from '../../src/application/queries/read-webhooks.ts';
import { wrongInWebhookPatch } from '../../src/application/wrong-in-patch.ts';
import type { Clock, IdSource } from '../../src/domain/shared/clock.ts';
import type { WebhookConfigReader } from '../../src/domain/webhook/webhook-config-repository.ts';
import { ipNotation } from '../../src/infrastructure/webhooks/ip-notation.ts';
import { aSecretBox } from './a-secret-box.ts';
import { memoryUnitOfWork, type MemoryUnitOfWork } from './memory-unit-of-work.ts';
import { pageOfNewest } from './page-of-newest.ts';

export const webhookSecretBox = aSecretBox;

export type FakeWebhooks = {
  readonly unitOfWork: MemoryUnitOfWork;
  readonly queries: Pick<Application['queries'], 'listWebhooks' | 'getWebhook' | 'wrongInWebhookPatch'>;
  readonly commands: Pick<
    Application['commands'],
    'createWebhook' | 'changeWebhook' | 'removeWebhook' | 'rotateWebhookSecret' | 'rotateWebhookToken'
  >;
  /** How often it was notified that webhooks changed. */
  readonly changes: () => number;
};

/** The real use cases over memory adapters. */
export const fakeWebhooks = (clock: Clock, ids: IdSource): FakeWebhooks => {
  const unitOfWork = memoryUnitOfWork();
  let changes = 0;
  const webhooks: Pick<WebhookConfigReader, 'byId' | 'list'> = {
    byId: async (tenant, id) =>
      unitOfWork.webhooks().find((config) => config.id === id && config.tenantId === tenant),
    list: async (tenant, { sourceService, status }, page) =>
      pageOfNewest(
        unitOfWork
          .webhooks()
          .filter(
            (config) =>
              config.tenantId === tenant &&
              (sourceService === undefined || config.sourceService === sourceService) &&
              (status === undefined ? config.status !== 'archived' : config.status === status),
          )
          .toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1)),
        page,
      ),
  };
  const deps = {
    unitOfWork,
    secretBox: webhookSecretBox,
    notation: ipNotation,
    randomBytes,
    clock,
    ids,
    mostPerTenant: 1_000,
    webhooksChanged: () => void (changes += 1),
  };
  return {
    unitOfWork,
    changes: () => changes,
    queries: {
      listWebhooks: listWebhooks({ webhooks }),
      getWebhook: getWebhook({ webhooks }),
      wrongInWebhookPatch: wrongInWebhookPatch({ notation: ipNotation }),
    },
    commands: {
      createWebhook: createWebhook(deps),
      changeWebhook: changeWebhook(deps),
      removeWebhook: removeWebhook(deps),
      rotateWebhookSecret: rotateWebhookSecret(deps),
      rotateWebhookToken: rotateWebhookToken(deps),
    },
  };
};
