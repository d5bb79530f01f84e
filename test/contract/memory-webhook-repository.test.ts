import { memoryUnitOfWork } from '../support/memory-unit-of-work.ts';
import { webhookConfigRepositoryContract } from './webhook-config-repository.contract.ts';

webhookConfigRepositoryContract('the one in memory', memoryUnitOfWork);
