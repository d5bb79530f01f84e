// as src/infrastructure/providers/x.ts: @googleapis/sheets belongs to src/infrastructure/providers/google-sheets/ alone
import { sheets } from '@googleapis/sheets';
export const x = sheets;
