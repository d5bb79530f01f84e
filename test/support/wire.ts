/** The parts of the wire format that tests look at. */
export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly request_id: string;
  readonly errors?: readonly {
    readonly pointer: string;
    readonly detail: string;
    readonly parameter?: string;
  }[];
  readonly window?: {
    readonly service_name: string;
    readonly window_type: string;
    readonly limit: number;
    readonly resets_at: string;
  };
  readonly attempts?: readonly Attempt[];
  readonly meta?: Meta;
};

export type Attempt = {
  readonly provider: string;
  readonly service_name: string;
  readonly outcome: string;
  readonly duration_ms: number;
  readonly message?: string;
};

export type Money = { readonly amount: string; readonly currency: string };

export type Meta = {
  readonly provider: string | null;
  readonly cache: {
    readonly status: string;
    readonly layer: string | null;
    readonly age_seconds: number | null;
  };
  readonly attempts: readonly Attempt[];
  readonly cost: Money;
  readonly log_id: string;
  readonly attribution: string | null;
};

export type Match = {
  readonly formatted_address: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly precision: string;
  readonly confidence: number;
  readonly partial_match: boolean;
  readonly components: { readonly [name: string]: string | null };
  readonly place_id: string | null;
};

export type Call<D> = { readonly data: D; readonly meta: Meta };
export type Geocoded = Call<{ readonly matches: readonly Match[] }>;
export type Measured = Call<{
  readonly mode: string;
  readonly route_found: boolean;
  readonly distance_metres: number | null;
  readonly duration_seconds: number | null;
  readonly approximate: boolean;
  readonly origin: { readonly latitude: number; readonly match: Match | null };
}>;

export type Service = {
  readonly id: string;
  readonly service_name: string;
  readonly service_type: string;
  readonly provider: string;
  readonly base_url: string | null;
  readonly is_active: boolean;
  readonly health_status: string;
  readonly last_health_check: string | null;
  readonly rate_limit_per_minute: number | null;
  readonly priority: number;
  readonly fallback_service_id: string | null;
  readonly cost_per_call: string;
  readonly api_key_hint: string | null;
  readonly has_credentials: boolean;
};

export type QuotaWindow = {
  readonly scope: string;
  readonly window_type: string;
  readonly limit: number;
  readonly used: number;
  readonly remaining: number;
  readonly resets_at: string;
};

export type Log = {
  readonly id: string;
  readonly request_id: string;
  readonly service_id: string | null;
  readonly service_name: string;
  readonly operation: string;
  readonly request_body: unknown;
  readonly response_body: unknown;
  readonly status: string;
  readonly error_message: string | null;
  readonly retry_count: number;
  readonly estimated_cost: Money;
  readonly cache_status: string;
  readonly cache_key: string | null;
  readonly attempts: readonly Attempt[];
  readonly started_at: string;
};

export type Data<D> = { readonly data: D };
export type PageOf<D> = {
  readonly data: readonly D[];
  readonly page: { readonly next_cursor: string | null };
};
