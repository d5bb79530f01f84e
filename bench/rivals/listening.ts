import type { Express } from 'express';
import type { AddressInfo } from 'node:net';

export const listening = (app: Express): Promise<{ readonly port: number }> =>
  new Promise((resolve, reject) => {
    const server = app.listen(0, '127.0.0.1', () =>
      resolve({ port: (server.address() as AddressInfo).port }),
    );
    server.on('error', reject);
    server.keepAliveTimeout = 60_000;
  });
