import type { QuotaLimits, QuotaSubject } from '../../src/domain/rate-limit/quota.ts';
import { isRight } from '../../src/domain/shared/fp.ts';
import { tenantId, type TenantId } from '../../src/domain/shared/tenant-context.ts';

export const aTenant = (text = 'uk_company_1'): TenantId => {
  const id = tenantId(text);
  if (!isRight(id)) throw new Error(`not a tenant id: ${text}`);
  return id.right;
};

export const aSubject = (
  limits: QuotaLimits,
  subjectId = 'service-1',
  tenant = 'uk_company_1',
): QuotaSubject => ({
  tenantId: aTenant(tenant),
  subjectId,
  serviceName: 'google_maps',
  limits,
});
