import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpuSeconds } from '../../../bench/rig/proc.ts';

/** Starts a process that computes until it has used a fifth of a second, waits for its end, reports it, and stays. */
const PARENT = `
  const { spawnSync } = require('node:child_process');
  const busy = 'while (process.cpuUsage().user + process.cpuUsage().system < 200_000);';
  spawnSync(process.execPath, ['-e', busy]);
  console.log('ended');
  process.stdin.resume();`;

describe('The processor time of a process and of those below it', () => {
  it('keeps what a process that has ended meanwhile had used', async () => {
    const parent = spawn(process.execPath, ['-e', PARENT], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      await once(parent.stdout, 'data');
      const { below } = cpuSeconds(parent.pid ?? 0);
      expect(below).to.be.at.least(0.1);
    } finally {
      parent.stdin.end();
      await once(parent, 'exit');
    }
  });
});
