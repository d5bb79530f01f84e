import type { ExternalService } from '../../../domain/external-service/external-service.ts';
import { answerLives, type OperationLives } from './answer-lives.ts';
import type { AnswerLives } from '../operation.ts';

/** Sheets that were added or renamed by hand are not announced to us, and asking again is cheap. */
const METADATA_FRESH_MS = 60_000;
/** Characters of an answer. A larger one costs the cache more than it saves at the provider. */
const MOST_CACHED_CHARACTERS = 2_000_000;

const NOT_KEPT: AnswerLives = { l1Ms: 0, freshMs: 0, graceMs: 0, mayPersist: true };

type Service = Pick<ExternalService, 'provider' | 'config'>;

export const metadataLives = (lives: OperationLives, service: Service): AnswerLives =>
  answerLives({ ...lives, l2Ms: Math.min(lives.l2Ms, METADATA_FRESH_MS) }, 'sheets', service, false);

export const cellLives = (lives: OperationLives, service: Service, characters: number): AnswerLives =>
  characters > MOST_CACHED_CHARACTERS ? NOT_KEPT : answerLives(lives, 'sheets', service, false);
