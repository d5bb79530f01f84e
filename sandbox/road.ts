import { hash32 } from './hash.ts';
import { haversineMetres, landOf, pointKey, type Point } from './places.ts';

export type Leg = { readonly metres: number; readonly seconds: number };
/** `undefined`: no road leads there. */
export type LegBetween = (from: Point, to: Point, pace: Pace) => Leg | undefined;

export type Pace = 'drive' | 'walk' | 'cycle' | 'transit';
const metresPerSecond: Readonly<Record<Pace, readonly [town: number, beyond: number]>> = {
  drive: [8, 21],
  walk: [1.35, 1.35],
  cycle: [4.2, 4.2],
  transit: [5.5, 14],
};
const townMetres = 15_000;

/**
 * Roads are about 1.3 times as long as the straight line, with a small difference by direction, so that swapped ends
 * are noticed.
 */
const detour = (from: Point, to: Point): number =>
  1.27 + (hash32(`${pointKey(from)}>${pointKey(to)}`) / 0xffffffff) * 0.06;

export const estimatedLeg: LegBetween = (from, to, pace) => {
  const land = landOf(from);
  if (land === undefined || land !== landOf(to)) return undefined;
  const straight = haversineMetres(from, to);
  const metres = Math.round(straight * detour(from, to));
  const [town, beyond] = metresPerSecond[pace];
  const seconds = Math.min(metres, townMetres) / town + Math.max(metres - townMetres, 0) / beyond;
  return { metres, seconds: Math.round(seconds) };
};

/** The legs in the fixtures by their ends: single cells are requested far more often than the recorded matrix. */
export type KnownLegs = ReadonlyMap<string, Leg | undefined>;

export const legKey = (from: Point, to: Point, pace: Pace): string =>
  `${pace}|${pointKey(from)}>${pointKey(to)}`;

export const legsFrom =
  (known: KnownLegs): LegBetween =>
  (from, to, pace) => {
    const key = legKey(from, to, pace);
    return known.has(key) ? known.get(key) : estimatedLeg(from, to, pace);
  };
