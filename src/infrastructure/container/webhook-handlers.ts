import { randomBytes } from 'node:crypto';
import type { Application } from '../../application/application.ts';
import { changeWebhook } from '../../application/commands/change-webhook.ts';
import { createWebhook } from '../../application/commands/create-webhook.ts';
import { removeWebhook } from '../../application/commands/remove-webhook.ts';
import { rotateWebhookSecret, rotateWebhookToken } from '../../application/commands/rotate-webhook.ts';
import { getWebhook, listWebhooks } from '../../application/queries/read-webhooks.ts';
import type { UnitOfWork } from '../../application/unit-of-work.ts';
import { wrongInWebhookPatch } from '../../application/wrong-in-patch.ts';
import type { PostgresWebhookConfigReader } from '../postgres/webhooks/postgres-webhook-config-reader.ts';
import { ipNotation } from '../webhooks/ip-notation.ts';
import type { Platform } from './identifiers.ts';

type WebhookCommands = Pick<
  Application['commands'],
  'createWebhook' | 'changeWebhook' | 'removeWebhook' | 'rotateWebhookSecret' | 'rotateWebhookToken'
>;

export const webhookQueries = (
  webhooks: PostgresWebhookConfigReader,
): Pick<Application['queries'], 'listWebhooks' | 'getWebhook' | 'wrongInWebhookPatch'> => ({
  listWebhooks: listWebhooks({ webhooks }),
  getWebhook: getWebhook({ webhooks }),
  wrongInWebhookPatch: wrongInWebhookPatch({ notation: ipNotation }),
});

export const webhookCommands = (
  { secretBox, clock, ids, config: { mostPerTenant } }: Platform,
  unitOfWork: UnitOfWork,
  webhooks: PostgresWebhookConfigReader,
): WebhookCommands => {
  const webhooksChanged = webhooks.forgetAll;
  const own = { notation: ipNotation, randomBytes, mostPerTenant, webhooksChanged };
  const deps = { unitOfWork, secretBox, clock, ids, ...own };
  return {
    createWebhook: createWebhook(deps),
    changeWebhook: changeWebhook(deps),
    removeWebhook: removeWebhook(deps),
    rotateWebhookSecret: rotateWebhookSecret(deps),
    rotateWebhookToken: rotateWebhookToken(deps),
  };
};
