import { readPair, type Point } from './places.ts';

/** Points of `lat,lng|lat,lng`, the order of both distance services; undefined where one is no pair of numbers. */
export const readPoints = (text: string | null): (Point | undefined)[] =>
  (text ?? '')
    .split('|')
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const pair = readPair(part);
      return pair && { lat: pair[0], lng: pair[1] };
    });

const size = (text: string | null): number => (text ?? '').split('|').filter(Boolean).length;

export const cellsOf = (query: URLSearchParams): number =>
  Math.max(1, size(query.get('origins')) * size(query.get('destinations')));
