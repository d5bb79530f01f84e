import { isLeft } from '../../shared/fp.ts';
import type { TimestampUnit } from './signature-scheme.ts';
import { templateParts, type TemplatePart, type TemplateVariable } from './signed-text.ts';

/** Other settings of the scheme that a template depends on. */
export type TemplateContext = {
  readonly hasTimestamp: boolean;
  readonly unit: TimestampUnit;
  readonly hasIdHeader: boolean;
  readonly hasPublicUrl: boolean;
};

const ONLY_DIGITS = /^\d*$/;

/** All problems with a template. */
export const templateProblems = (template: string, context: TemplateContext): readonly string[] => {
  const parts = templateParts(template);
  if (isLeft(parts))
    return parts.left.map((name) => `{${name}} is none of {body} {timestamp} {id} {method} {url}`);
  const names = parts.right.flatMap((part) => (part.kind === 'variable' ? [part.name] : []));
  return [
    ...(names.includes('body') ? [] : ['must contain {body}: what is not signed could be changed']),
    ...doubles(names).map((name) => `{${name}} stands there twice`),
    ...unseparated(parts.right, context.unit),
    ...missing(names, context),
  ];
};

const doubles = (names: readonly TemplateVariable[]): readonly TemplateVariable[] => [
  ...new Set(names.filter((name, i) => names.indexOf(name) !== i)),
];

/**
 * The URL is configured by us and therefore fixed, so a body next to it has a definite boundary (Square signs these
 * two). Next to a header value the boundary would have to be searched for.
 */
const isUrlAndBody = (...names: readonly TemplateVariable[]): boolean =>
  names.includes('url') && names.includes('body');

/**
 * RFC 3339 timestamps delimit themselves (Zendesk and Box sign them beside the body), and milliseconds have thirteen
 * digits: with one more or less the time would be outside the window (HubSpot). Seconds with ten digits would be safe
 * too, but only Discord is known to sign them so, and it is a preset.
 */
const isTimeAndBody = (unit: TimestampUnit, ...names: readonly TemplateVariable[]): boolean =>
  unit !== 's' && names.includes('timestamp') && names.includes('body');

/** Without a separator, the end of one part could be sent as the beginning of the next. */
const unseparated = (parts: readonly TemplatePart[], unit: TimestampUnit): readonly string[] =>
  parts.flatMap((part, i) => {
    const [next, afterNext] = [parts[i + 1], parts[i + 2]];
    if (part.kind !== 'variable' || next === undefined) return [];
    if (next.kind === 'variable')
      return isUrlAndBody(part.name, next.name) || isTimeAndBody(unit, part.name, next.name)
        ? []
        : [`needs a separator between {${part.name}} and {${next.name}}`];
    if (afterNext?.kind !== 'variable') return [];
    const nextToDigits = [part.name, afterNext.name].includes('timestamp') && unit !== 'iso';
    return nextToDigits && ONLY_DIGITS.test(next.text)
      ? [`the separator between {${part.name}} and {${afterNext.name}} must not be a digit`]
      : [];
  });

const missing = (names: readonly TemplateVariable[], context: TemplateContext): readonly string[] => [
  ...(names.includes('timestamp') && !context.hasTimestamp ? ['{timestamp} needs the field timestamp'] : []),
  ...(!names.includes('timestamp') && context.hasTimestamp
    ? ['must contain {timestamp}: a time that is not signed proves nothing']
    : []),
  ...(names.includes('id') && !context.hasIdHeader ? ['{id} needs the field id_header'] : []),
  ...(names.includes('url') && !context.hasPublicUrl ? ['{url} needs the webhook to have a public_url'] : []),
];
