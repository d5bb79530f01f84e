import packageJson from '../../../package.json' with { type: 'json' };

/** The version of this service, from its package.json. */
export const version: string = packageJson.version;
