import { left, right, type Either } from '../../shared/fp.ts';
import { headerBytes, type RawDelivery } from '../request/raw-delivery.ts';

const templateVariables = ['body', 'timestamp', 'id', 'method', 'url'] as const;
export type TemplateVariable = (typeof templateVariables)[number];

export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'variable'; readonly name: TemplateVariable };

const isVariable = (name: string): name is TemplateVariable =>
  (templateVariables as readonly string[]).includes(name);

/** Splits a template at `{…}`. Left: unknown names in braces, which are mistakes rather than text. */
export const templateParts = (template: string): Either<readonly string[], readonly TemplatePart[]> => {
  const unknown: string[] = [];
  const parts: TemplatePart[] = [];
  for (const piece of template.split(/(\{[^{}]*\})/)) {
    if (piece === '') continue;
    const name = piece.startsWith('{') && piece.endsWith('}') ? piece.slice(1, -1) : undefined;
    if (name === undefined) parts.push({ kind: 'text', text: piece });
    else if (isVariable(name)) parts.push({ kind: 'variable', name });
    else unknown.push(name);
  }
  return unknown.length > 0 ? left(unknown) : right(parts);
};

/** Header values that are part of the signed text, as sent. */
export type HeaderTexts = { readonly timestamp: string | undefined; readonly id: string | undefined };

const bytesOf = (name: TemplateVariable, delivery: RawDelivery, texts: HeaderTexts): Uint8Array => {
  if (name === 'body') return delivery.body;
  if (name === 'timestamp') return headerBytes(texts.timestamp ?? '');
  if (name === 'id') return headerBytes(texts.id ?? '');
  return Buffer.from(name === 'method' ? delivery.method : (delivery.url ?? ''), 'utf8');
};

/** The signed text in pieces, so that a body of 25 MB is not copied. */
export const signedPieces = (
  parts: readonly TemplatePart[],
  delivery: RawDelivery,
  texts: HeaderTexts,
): readonly Uint8Array[] =>
  parts.map((part) =>
    part.kind === 'text' ? Buffer.from(part.text, 'utf8') : bytesOf(part.name, delivery, texts),
  );

/**
 * True when the separator beside the value could also be found at another place, inside the value or overlapping it, so
 * that one signature would cover two readings. With `{id}.{body}`, whoever saw id "a" with body "b.c" could send id
 * "a.b" with body "c"; with `{id}::{body}`, id "a:" with body "b" for id "a" with body ":b".
 */
export const movesBoundary = (
  parts: readonly TemplatePart[],
  name: TemplateVariable,
  value: string,
): boolean => {
  const at = parts.findIndex((part) => part.kind === 'variable' && part.name === name);
  const [before, behind] = [asHeader(parts[at - 1]), asHeader(parts[at + 1])];
  return (
    (before !== undefined && `${before}${value}`.lastIndexOf(before) > 0) ||
    (behind !== undefined && `${value}${behind}`.indexOf(behind) < value.length)
  );
};

/** The text in Latin-1, the form in which header values arrive. */
const asHeader = (part: TemplatePart | undefined): string | undefined =>
  part?.kind === 'text' ? Buffer.from(part.text, 'utf8').toString('latin1') : undefined;
