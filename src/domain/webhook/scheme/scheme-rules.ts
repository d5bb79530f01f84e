import type { FieldProblem } from '../../shared/field-problem.ts';
import { left, right, type Either } from '../../shared/fp.ts';
import { deliveryRules } from './delivery-rules.ts';
import { requiredHeader } from './header-rules.ts';
import { objectReader, type Fields, type ObjectReader } from './object-reader.ts';
import {
  hexCases,
  hmacAlgorithms,
  schemeKinds,
  secretEncodings,
  signatureEncodings,
  timestampUnits,
  type DeliveryRules,
  type SchemeKind,
  type SignatureRules,
  type SignatureScheme,
  type SignedTimestampRule,
} from './signature-scheme.ts';
import { templateProblems } from './template-rules.ts';
import { isJsonObject } from '../../shared/json.ts';

export type SchemeContext = {
  readonly publicUrl: string | undefined;
  /** JSON pointer to the scheme in the input. */
  readonly pointer?: string;
};

const LONGEST_PREFIX = 64;
const LONGEST_TEMPLATE = 256;
/** Seconds in a day. With a larger tolerance the timestamp would hardly protect against replays. */
export const LONGEST_TOLERANCE = 86_400;
const ASCII = /^[ -~]*$/;
const SEPARATOR = /^[ ,;|:&]{1,2}$/;

/** Parses a custom scheme from JSON in snake_case, or returns all problems with it. */
export const schemeFrom = (
  input: unknown,
  { publicUrl, pointer = '/scheme' }: SchemeContext,
): Either<readonly FieldProblem[], SignatureScheme> => {
  if (!isJsonObject(input)) return left([{ pointer, detail: 'an object with at least the field kind' }]);
  const problems: FieldProblem[] = [];
  const reader = objectReader(input, pointer, problems);
  const kind = reader.choice('kind', schemeKinds);
  if (kind === undefined) {
    if (problems.length === 0)
      reader.problem('kind', `one of ${schemeKinds.join(', ')}; none only if you mean it`);
    return left([...problems, ...problemsOfAnyKind(input, pointer, publicUrl)]);
  }
  const scheme = schemeOf(kind, reader, publicUrl);
  reader.refuseOthers(`not a field of the kind ${kind}`);
  return problems.length > 0 ? left(problems) : right(scheme);
};

/** Problems of a scheme whose kind is unknown: those fields that would be wrong in any kind. */
const problemsOfAnyKind = (
  input: Fields,
  pointer: string,
  publicUrl: string | undefined,
): readonly FieldProblem[] => {
  const problems: FieldProblem[] = [];
  schemeOf('hmac', objectReader(input, pointer, problems), publicUrl);
  const fieldOf = (at: string): string => at.slice(pointer.length).split('/')[1] ?? '';
  return problems.filter((problem) => Object.hasOwn(input, fieldOf(problem.pointer)));
};

const schemeOf = (kind: SchemeKind, reader: ObjectReader, publicUrl: string | undefined): SignatureScheme => {
  switch (kind) {
    case 'hmac': {
      const algorithm = reader.choice('algorithm', hmacAlgorithms) ?? 'sha256';
      const secretEncoding = reader.choice('secret_encoding', secretEncodings) ?? 'utf8';
      const secretPrefix = reader.text('secret_prefix', LONGEST_PREFIX) ?? '';
      return { kind, algorithm, secretEncoding, secretPrefix, ...signatureRules(reader, publicUrl) };
    }
    case 'ed25519':
      return { kind, ...signatureRules(reader, publicUrl) };
    case 'token': {
      const tokenHeader = requiredHeader(reader, 'token_header');
      const prefix = prefixField(reader);
      return { kind, tokenHeader, prefix, ...deliveryRules(reader, { proof: tokenHeader }) };
    }
    case 'basic':
    case 'bearer':
    case 'none':
      return { kind, ...deliveryRules(reader, {}) };
  }
};

const signatureRules = (
  reader: ObjectReader,
  publicUrl: string | undefined,
): SignatureRules & DeliveryRules => {
  const signatureHeader = requiredHeader(reader, 'signature_header');
  const encoding = reader.choice('encoding', signatureEncodings) ?? 'hex';
  const hexCase = reader.choice('hex_case', hexCases) ?? 'lower';
  const timestamp = timestampRule(reader);
  if (timestamp !== undefined && timestamp.header !== '' && timestamp.header === signatureHeader)
    reader.problem('timestamp/header', 'the same header as signature_header');
  const template = reader.lines('template', LONGEST_TEMPLATE) ?? '{body}';
  const rules = deliveryRules(reader, { proof: signatureHeader, time: timestamp?.header });
  const context = {
    hasTimestamp: reader.has('timestamp'),
    unit: timestamp?.unit ?? 's',
    hasIdHeader: reader.has('id_header'),
    hasPublicUrl: publicUrl !== undefined,
  } as const;
  for (const detail of templateProblems(template, context)) reader.problem('template', detail);
  return { ...rules, ...listRules(reader), signatureHeader, encoding, hexCase, timestamp, template };
};

const listRules = (reader: ObjectReader): Pick<SignatureRules, 'prefix' | 'listSeparator'> => {
  const prefix = prefixField(reader);
  const listSeparator = reader.text('list_separator', 2);
  if (listSeparator !== undefined && !SEPARATOR.test(listSeparator))
    reader.problem('list_separator', 'one or two of: space , ; | : &');
  else if (listSeparator !== undefined && prefix.includes(listSeparator))
    reader.problem('list_separator', 'must not stand in prefix');
  return { prefix, listSeparator };
};

/**
 * HTTP strips leading white space from header values, and we read them as ASCII, so any other prefix could never match.
 */
const prefixField = (reader: ObjectReader): string => {
  const prefix = reader.text('prefix', LONGEST_PREFIX) ?? '';
  if (prefix !== prefix.trimStart()) reader.problem('prefix', 'no blank at its beginning');
  else if (!ASCII.test(prefix)) reader.problem('prefix', 'printable ASCII, as headers are');
  return prefix;
};

const timestampRule = (reader: ObjectReader): SignedTimestampRule | undefined => {
  const fields = reader.object('timestamp');
  if (fields === undefined) return undefined;
  const header = requiredHeader(fields, 'header');
  const unit = fields.choice('unit', timestampUnits) ?? 's';
  const toleranceSeconds = fields.integer('tolerance_seconds', 1, LONGEST_TOLERANCE) ?? 300;
  fields.refuseOthers('not a field of timestamp');
  return { header, unit, toleranceSeconds };
};
