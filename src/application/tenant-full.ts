/**
 * The tenant has reached its maximum of them. Those of all tenants are held in memory in case the database becomes
 * unavailable, up to a total: without a maximum per tenant, one could crowd out the others.
 */
export type TenantFull = {
  readonly kind: 'tenant-full';
  readonly what: 'services' | 'webhooks' | 'service tokens';
  readonly most: number;
};

/**
 * Undefined: there is room. Two concurrent commands may both take the last place; the limit protects memory and need
 * not be exact.
 */
export const tenantFull = (what: TenantFull['what'], count: number, most: number): TenantFull | undefined =>
  count < most ? undefined : { kind: 'tenant-full', what, most };
