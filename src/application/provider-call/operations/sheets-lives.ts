import type { ExternalService } from '../../../domain/external-service/external-service.ts';
import { answerLives, type OperationLives } from './answer-lives.ts';
import type { AnswerLives } from '../operation.ts';

/** Nobody tells us of sheets that were added or renamed by hand; asking again is cheap. */
const METADATA_FRESH_MS = 60_000;
/** Of text. A larger answer costs the cache more than the provider. */
const MOST_CACHED_CHARACTERS = 2_000_000;

const NOT_KEPT: AnswerLives = { l1Ms: 0, freshMs: 0, graceMs: 0, mayPersist: true };

type Service = Pick<ExternalService, 'provider' | 'config'>;

export const metadataLives = (lives: OperationLives, service: Service): AnswerLives =>
  answerLives({ ...lives, l2Ms: Math.min(lives.l2Ms, METADATA_FRESH_MS) }, 'sheets', service, false);

export const cellLives = (lives: OperationLives, service: Service, characters: number): AnswerLives =>
  characters > MOST_CACHED_CHARACTERS ? NOT_KEPT : answerLives(lives, 'sheets', service, false);
