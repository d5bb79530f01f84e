import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import {
  atomicPieces,
  lineOutput,
  MOST_UNREAD,
} from '../../../../src/infrastructure/telemetry/line-output.ts';

const recorded = () => {
  const written: string[] = [];
  const planned: (() => void)[] = [];
  let unread = 0;
  let isFull = false;
  const output = lineOutput({
    write: (text, onLost) => {
      if (isFull) onLost(text.split('\n').length - 1, 'its disk is full');
      else written.push(text);
    },
    later: (flush) => planned.push(flush),
    unread: () => unread,
  });
  return {
    output,
    written,
    planned,
    setUnread: (bytes: number) => void (unread = bytes),
    setFull: (full: boolean) => void (isFull = full),
  };
};

describe('line output', () => {
  it('writes the lines of one turn together', () => {
    const { output, written, planned } = recorded();
    output.soon('one');
    output.soon('two');
    expect(written).to.deep.equal([]);
    expect(planned).to.have.length(1);
    planned[0]?.();
    expect(written).to.deep.equal(['one\ntwo\n']);
  });

  it('keeps the order of lines that wait and lines that do not', () => {
    const { output, written, planned } = recorded();
    output.soon('one');
    output.now('two');
    expect(written).to.deep.equal(['one\ntwo\n']);
    planned[0]?.();
    expect(written).to.deep.equal(['one\ntwo\n']);
  });

  it('plans a write for lines that come after one', () => {
    const { output, written, planned } = recorded();
    output.soon('one');
    planned[0]?.();
    output.soon('two');
    planned[1]?.();
    expect(written).to.deep.equal(['one\n', 'two\n']);
  });

  it('keeps no more than its limit for a reader that is stalled, and reports afterwards how many lines are lost', () => {
    const { output, written, planned, setUnread } = recorded();
    setUnread(MOST_UNREAD - 1);
    output.now('one');
    setUnread(MOST_UNREAD);
    output.now('two');
    output.soon('three');
    output.soon('four');
    planned[0]?.();
    expect(written).to.deep.equal(['one\n']);
    setUnread(0);
    output.now('five');
    output.now('six');
    expect(JSON.parse(written[1] ?? '')).to.include({ level: 'warn', lines: 3 });
    expect(written.slice(2)).to.deep.equal(['five\n', 'six\n']);
  });

  it('says how many lines a full disk did not take, behind what may be a part of one', () => {
    const { output, written, planned, setFull } = recorded();
    setFull(true);
    output.now('one');
    output.soon('two');
    output.soon('three');
    planned[0]?.();
    setFull(false);
    output.now('four');
    output.now('five');
    const message = 'lines of this log are lost, its disk is full';
    expect(written[0]).to.match(/^\n\{/);
    expect(JSON.parse(written[0] ?? '')).to.include({ level: 'warn', message, lines: 3 });
    expect(written.slice(1)).to.deep.equal(['four\n', 'five\n']);
  });
});

describe('pieces of text that one write takes as one', () => {
  it('are whole lines, 4,096 bytes at most, and together the text', () => {
    const text = Array.from({ length: 200 }, (_, n) => `${n} ${'я'.repeat(n)}\n`).join('');
    const pieces = atomicPieces(text);
    expect(pieces.join('')).to.equal(text);
    expect(pieces.length).to.be.lessThan(Buffer.byteLength(text) / 2_000);
    for (const piece of pieces) {
      expect(Buffer.byteLength(piece)).to.be.at.most(4_096);
      expect(piece.at(-1)).to.equal('\n');
    }
  });

  it('cut no line, however long', () => {
    const long = `${'x'.repeat(5_000)}\n`;
    expect(atomicPieces(`a\n${long}b\n`)).to.deep.equal(['a\n', long, 'b\n']);
    expect(atomicPieces('')).to.deep.equal([]);
  });
});

describe('standard output', () => {
  /** Writes a line at once and another one when it is told to, and then has nothing left to do. */
  const writingTo = (stdout: 'pipe' | number) => {
    const script = `
      import { standardOutput } from './src/infrastructure/telemetry/line-output.ts';
      const output = standardOutput();
      process.once('message', () => {
        output.now('two');
        process.disconnect();
      });
      output.now('one');`;
    return spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', stdout, 'ignore', 'ipc'],
    });
  };

  it('costs no process that writes its log to a disk that is full', async () => {
    const full = writingTo(openSync('/dev/full', 'w'));
    full.send('write');
    expect(await once(full, 'exit')).to.deep.equal([0, null]);
  });

  it('ends a process whose log nobody reads any more', async () => {
    const unread = writingTo('pipe');
    unread.stdout?.once('data', () => {
      unread.stdout?.once('close', () => unread.send('write')).destroy();
    });
    expect(await once(unread, 'exit')).to.deep.equal([1, null]);
  });
});
