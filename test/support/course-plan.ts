import { type KnownAnswer, type KnownService, type Party } from './course-party.ts';

/** A place that tenants ask for. Questions with the same `name` share an answer. */
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

/** As recorded in the trail: the services that the call asked, with the outcome of each. */
export type Outcomes = readonly (readonly [service: string, outcome: string])[];

export type Expected = {
  readonly status: number;
  /** The outcome in the trail. */
  readonly word: string;
  readonly cache: string | undefined;
  readonly attempts: Outcomes;
  readonly cost: number;
  /** The cached answer that is served again. */
  readonly known?: KnownAnswer;
  /** The service whose new answer is served. */
  readonly by?: KnownService;
};

/** The first by priority, then its fallbacks, then the rest. */
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

/**
 * The outcome that the sandbox gives for each API key. A provider whose answer was not understood has still been paid.
 */
const FAILURES: { readonly [key: string]: string | undefined } = {
  'SANDBOX-BAD': 'credentials-rejected',
  'SANDBOX-HTML': 'answer-not-understood',
};
const FAILURES_TO_OPEN = 5;

/** The gazetteer knows only towns, and has no key. */
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
 * The outcome of asking one service, with its counters updated. When a service that failed five times in a row is asked
 * again, and which of several concurrent calls found a window full, depends on timing and is taken from `told`.
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

/** Asks the services of the plan one after the other until one answers well, and counts the calls sent. */
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
/** "No match" from the gazetteer means less than "no match" from another provider. */
const isBetter = (best: NonNullable<Asked['best']>, outcome: string): boolean =>
  ANSWERS.indexOf(outcome) > ANSWERS.indexOf(best.outcome) ||
  (outcome === 'no-match' && best.outcome === 'no-match' && isOfGazetteer(best.by));

/** Coarse, or no match: where a better provider failed, a stale answer is preferred. */
const isCoarse = (by: KnownService, { name }: Question): boolean =>
  name === 'nowhere' || (isOfGazetteer(by) && name !== 'town');

const STATUSES: { readonly [failure: string]: readonly [status: number, word: string] | undefined } = {
  'quota-exceeded': [429, 'rate_limited'],
  'breaker-open': [503, 'error'],
};
/** A single failure is reported as it is; several only if all of them were quota refusals. */
const failed = (failures: readonly string[]): Pick<Expected, 'status' | 'word'> => {
  if (failures.length === 0) return { status: 503, word: 'error' };
  const [first = ''] = failures;
  const isOne = failures.length === 1 || failures.every((one) => one === 'quota-exceeded');
  const [status, word] = (isOne ? STATUSES[first] : undefined) ?? [502, 'error'];
  return { status, word };
};

const NOBODY_ASKED = { attempts: [], cost: 0 } as const;

/**
 * The expected answer of one call, counted in `party`. `told`: the services that the call reports it asked, used only
 * where timing decides.
 */
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

/** A copy on which a possible outcome can be tried without committing to it. */
export const copyOf = (party: Party): Party => ({
  ...party,
  cache: new Map(party.cache),
  used: new Map(party.used),
  failures: new Map(party.failures),
});

/** Commits a tried outcome. */
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
