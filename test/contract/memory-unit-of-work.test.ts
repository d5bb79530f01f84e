import { memoryUnitOfWork } from '../support/memory-unit-of-work.ts';
import { describeUnitOfWork } from './unit-of-work.contract.ts';

describeUnitOfWork('the unit of work in memory', () => {
  const unitOfWork = memoryUnitOfWork();
  const { answers } = unitOfWork;
  return { unitOfWork, answers, eventIds: async () => unitOfWork.events().map(({ id }) => id) };
});
