import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, SignJWT, type JWTPayload } from 'jose';

/** The identity provider whose administrators a service accepts, by `JWT_JWKS_URL`. */
export type IdentityProvider = {
  readonly jwksUrl: string;
  /** A token valid for an hour, with the standard issuer and audience unless `claims` sets others. */
  readonly sign: (claims: JWTPayload) => Promise<string>;
  /** From now on, the JWKS address answers with this status; 200 comes with its keys. */
  readonly answer: (status: number) => void;
  /** From now on, tokens are signed with another key, and the JWKS address answers with that key alone. */
  readonly rotate: () => Promise<void>;
  readonly asked: () => number;
  readonly close: () => Promise<void>;
};

export const startIdentityProvider = async (): Promise<IdentityProvider> => {
  let current = await newKey(1);
  let status = 200;
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(status === 200 ? current.keys : '{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    jwksUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
    sign: (claims) =>
      new SignJWT({ iss: 'integration-service', aud: 'integration-service', sub: 'admin-1', ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: current.kid })
        .setIssuedAt()
        .setExpirationTime('1h')
        .sign(current.privateKey),
    answer: (next) => void (status = next),
    rotate: async () => void (current = await newKey(current.number + 1)),
    asked: () => asked,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
};

const newKey = async (number: number) => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const kid = `r${number}`;
  const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid, use: 'sig' }] });
  return { number, kid, keys, privateKey };
};
