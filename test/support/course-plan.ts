import { type KnownAnswer, type KnownService, type Party } from './course-party.ts';

/** A place as tenants ask for it. Those of one `name` share an answer. */
export type Question = {
  readonly path: 'geocode' | 'reverse';
  readonly body: { readonly address: string } | { readonly latitude: number; readonly longitude: number };
  readonly name: 'town' | 'house' | 'other house' | 'nowhere' | 'point';
};

export const QUESTIONS: readonly Question[] = [
  { path: 'geocode', body: { address: 'Ташкент' }, name: 'town' },
  { path: 'geocode', body: { address: 'Москва, ул. Тверская, 13' }, name: 'house' },
  { path: 'geocode', body: { address: 'Москва, Тверская улица, 13' }, name: 'house' },
  { path: 'geocode', body: { address: 'Ташкент, улица Навои, 30' }, name: 'other house' },
  { path: 'geocode', body: { address: 'Атлантида' }, name: 'nowhere' },
  { path: 'reverse', body: { latitude: 41.311081, longitude: 69.240562 }, name: 'point' },
];
export const DIRECTIVES = [
  undefined,
  undefined,
  undefined,
  'no-cache',
  'no-store',
  'only-if-cached',
] as const;
export type Directive = (typeof DIRECTIVES)[number];

/** As the trail has them: whom the call asked, and what became of it. */
export type Outcomes = readonly (readonly [service: string, outcome: string])[];

export type Expected = {
  readonly status: number;
  /** In the trail. */
  readonly word: string;
  readonly cache: string | undefined;
  readonly attempts: Outcomes;
  readonly cost: number;
  /** That answer again. */
  readonly known?: KnownAnswer;
  /** Whose answer is new. */
  readonly by?: KnownService;
};

/** The first by priority, what it falls back to, then the rest. */
const planOf = ({ services }: Party): readonly KnownService[] => {
  const active = services
    .filter(({ is_active }) => is_active)
    .toSorted((a, b) => b.priority - a.priority || services.indexOf(a) - services.indexOf(b));
  const plan = new Set<KnownService>();
  for (let next = active[0]; next !== undefined;) {
    if (next.is_active) plan.add(next);
    const { fallback_service_id: id } = next;
    next = services.find((one) => one.id === id);
  }
  return [...plan, ...active.filter((one) => !plan.has(one))];
};

/** What the sandbox does for its keys. A provider that answered strangely has been paid. */
const FAILURES: { readonly [key: string]: string | undefined } = {
  'SANDBOX-BAD': 'credentials-rejected',
  'SANDBOX-HTML': 'answer-not-understood',
};
const FAILURES_TO_OPEN = 5;

/** The gazetteer knows towns alone, and has no key. */
const outcomeOf = ({ provider, api_key }: KnownService, { name }: Question): string => {
  const isHouse = name === 'house' || name === 'other house';
  const isOffline = provider === 'gazetteer';
  const failure = isOffline ? undefined : FAILURES[api_key];
  if (failure !== undefined) return failure;
  if (name === 'nowhere') return 'no-match';
  return isOffline && isHouse ? 'poor-match' : 'ok';
};

const ANSWERS = ['no-match', 'poor-match', 'ok'];
const UNPAID = ['credentials-rejected', 'quota-exceeded', 'breaker-open'];

/**
 * What one service says, counted. Only time tells when one that failed five times in a row is asked again, and which of
 * several calls at once found a window full.
 */
const said = (party: Party, service: KnownService, question: Question, told: string | undefined): string => {
  const { id, version, rate_limit_per_hour } = service;
  const circuit = `${id} ${version}`;
  const failures = party.failures.get(circuit) ?? 0;
  if (failures >= FAILURES_TO_OPEN && told === 'breaker-open') return told;
  const used = party.used.get(id) ?? 0;
  if (used >= rate_limit_per_hour || told === 'quota-exceeded') return 'quota-exceeded';
  party.used.set(id, used + 1);
  const outcome = outcomeOf(service, question);
  party.failures.set(circuit, ANSWERS.includes(outcome) ? 0 : failures + 1);
  return outcome;
};

type Asked = Pick<Expected, 'attempts' | 'cost'> & {
  readonly best: { readonly by: KnownService; readonly outcome: string } | undefined;
  readonly failures: readonly string[];
};

/** Asks the services of the plan one after the other, until one answers well, and counts what leaves. */
const providers = (party: Party, question: Question, told: Outcomes): Asked => {
  const attempts: (readonly [string, string])[] = [];
  const failures: string[] = [];
  let best: Asked['best'];
  let cost = 0;
  for (const service of planOf(party)) {
    const outcome = said(party, service, question, told[attempts.length]?.[1]);
    attempts.push([service.service_name, outcome]);
    if (!UNPAID.includes(outcome)) cost += Number(service.cost_per_call);
    if (!ANSWERS.includes(outcome)) failures.push(outcome);
    else if (best === undefined || isBetter(best, outcome)) best = { by: service, outcome };
    if (outcome === 'ok') break;
  }
  return { attempts, failures, cost, best };
};

const isOfGazetteer = ({ provider }: KnownService): boolean => provider === 'gazetteer';
/** To find nothing in the gazetteer says less than to find nothing elsewhere. */
const isBetter = (best: NonNullable<Asked['best']>, outcome: string): boolean =>
  ANSWERS.indexOf(outcome) > ANSWERS.indexOf(best.outcome) ||
  (outcome === 'no-match' && best.outcome === 'no-match' && isOfGazetteer(best.by));

/** Coarse, or nothing: what a better provider might know of, an old answer does. */
const isCoarse = (by: KnownService, { name }: Question): boolean =>
  name === 'nowhere' || (isOfGazetteer(by) && name !== 'town');

const STATUSES: { readonly [failure: string]: readonly [status: number, word: string] | undefined } = {
  'quota-exceeded': [429, 'rate_limited'],
  'breaker-open': [503, 'error'],
};
/** One failure is told as it is, several only where nothing but quotas was in the way. */
const failed = (failures: readonly string[]): Pick<Expected, 'status' | 'word'> => {
  if (failures.length === 0) return { status: 503, word: 'error' };
  const [first = ''] = failures;
  const isOne = failures.length === 1 || failures.every((one) => one === 'quota-exceeded');
  const [status, word] = (isOne ? STATUSES[first] : undefined) ?? [502, 'error'];
  return { status, word };
};

const NOBODY_ASKED = { attempts: [], cost: 0 } as const;

/** What one call answers, counted in `party`. `told`: whom it says it asked, where only time could tell. */
export const expectedOf = (
  party: Party,
  question: Question,
  directive: Directive,
  told: Outcomes,
): Expected => {
  const known = party.cache.get(question.name);
  const isLookedUp = directive === undefined || directive === 'only-if-cached';
  if (known !== undefined && isLookedUp)
    return { status: 200, word: 'cache_hit', cache: 'hit', ...NOBODY_ASKED, known };
  if (directive === 'only-if-cached')
    return { status: 504, word: 'rejected', cache: 'none', ...NOBODY_ASKED };
  const { best, failures, ...asked } = providers(party, question, told);
  const isSilence = best?.outcome === 'no-match' && isOfGazetteer(best.by) && failures.length > 0;
  const isAnswered = best !== undefined && !isSilence;
  const isCoarseForNow = isAnswered && failures.length > 0 && isCoarse(best.by, question);
  const isOutdone = !isAnswered || (isCoarseForNow && known !== undefined && !isCoarse(known.by, question));
  if (isOutdone && known !== undefined && directive === 'no-cache')
    return { status: 200, word: 'stale', cache: 'stale', ...asked, known };
  if (!isAnswered) return { ...failed(failures), cache: 'none', ...asked };
  const word = best.outcome === 'no-match' ? 'no_match' : 'success';
  return { status: 200, word, cache: directive === undefined ? 'miss' : 'bypass', ...asked, by: best.by };
};

/** To try what may have been, without saying that it was. */
export const copyOf = (party: Party): Party => ({
  ...party,
  cache: new Map(party.cache),
  used: new Map(party.used),
  failures: new Map(party.failures),
});

/** Says that it was. */
export const become = (party: Party, { cache, used, failures }: Party): void => {
  for (const [own, next] of [
    [party.cache, cache],
    [party.used, used],
    [party.failures, failures],
  ] as readonly (readonly [Map<string, unknown>, Map<string, unknown>])[]) {
    own.clear();
    next.forEach((value, key) => own.set(key, value));
  }
};
