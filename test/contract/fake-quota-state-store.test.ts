import { fakeQuotaStateStore } from '../support/fake-quota-state-store.ts';
import { quotaStateStoreContract } from './quota-state-store.contract.ts';

quotaStateStoreContract('fakeQuotaStateStore', async () => fakeQuotaStateStore().connect());
