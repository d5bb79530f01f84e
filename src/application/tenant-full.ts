/**
 * The tenant has as many of them as it may have. What all tenants have is learned for the time that the database is
 * away, up to a number: without an end for each, one of them could push the others out.
 */
export type TenantFull = {
  readonly kind: 'tenant-full';
  readonly what: 'services' | 'webhooks' | 'service tokens';
  readonly most: number;
};

/** Undefined: there is room. Two at once may both get the last place: the number is a guard, not a licence. */
export const tenantFull = (what: TenantFull['what'], count: number, most: number): TenantFull | undefined =>
  count < most ? undefined : { kind: 'tenant-full', what, most };
