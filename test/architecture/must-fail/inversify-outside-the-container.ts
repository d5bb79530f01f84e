// as src/infrastructure/postgres/x.ts: inversify belongs to src/infrastructure/container/ alone
import { Container } from 'inversify';
export const x = Container;
