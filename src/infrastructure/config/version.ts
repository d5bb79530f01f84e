import packageJson from '../../../package.json' with { type: 'json' };

/** Of this service, as its package says. */
export const version: string = packageJson.version;
