import { expect } from 'chai';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addressFrom, contains } from '../../../src/domain/webhook/sender/ip-address.ts';
import type { ManagedList } from '../../../src/domain/webhook/ip-allowlist.ts';
import { ipNotation } from '../../../src/infrastructure/webhooks/ip-notation.ts';
import { managedRanges, type ManagedRanges } from '../../../src/infrastructure/webhooks/managed-ranges.ts';
import { NOON } from '../../support/an-external-service.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { testFolder } from '../../support/test-folder.ts';
import { migratedDatabase } from './postgres-fixture.ts';

describe('managed address lists', () => {
  const { database } = migratedDatabase();
  let folder: { readonly path: string; readonly remove: () => void };
  let warnings: string[];
  before(async () => (folder = await testFolder()));
  after(() => folder.remove());
  beforeEach(async () => {
    warnings = [];
    await database().pool.query('truncate ip_range_sets');
  });

  const path = (): string => join(folder.path, 'ranges.json');
  const write = (content: unknown): void =>
    writeFileSync(path(), typeof content === 'string' ? content : JSON.stringify(content));
  const ranges = (file?: string): ManagedRanges =>
    managedRanges({
      database: database(),
      clock: fixedClock(NOON),
      path: file,
      logger: { warn: (message) => void warnings.push(message) },
    });
  const admits = (lists: ManagedRanges, list: ManagedList, text: string): boolean => {
    const address = addressFrom(ipNotation, text);
    return address !== undefined && lists.networksOf(list).some((network) => contains(network, address));
  };
  const stored = async (name: string) =>
    (
      await database().pool.query(
        'select cidrs, previous, pending_review, source from ip_range_sets where name = $1',
        [name],
      )
    ).rows[0];

  it('are those of this build before anything else is known, and are then stored', async () => {
    const lists = ranges();
    for (const ready of [false, true]) {
      if (ready) await lists.refresh();
      expect(admits(lists, 'github', '140.82.115.9')).to.equal(true);
      expect(admits(lists, 'github', '2606:50c0::7')).to.equal(true);
      for (const address of ['9.234.98.160', '9.234.98.191', '9.234.106.63'])
        expect(admits(lists, 'github', address), address).to.equal(true);
      for (const address of ['3.18.12.63', '3.69.109.8', '3.120.168.93', '35.157.207.129'])
        expect(admits(lists, 'stripe', address), address).to.equal(true);
      expect(admits(lists, 'telegram', '149.154.167.1')).to.equal(true);
      expect(admits(lists, 'telegram', '140.82.115.9')).to.equal(false);
    }
    expect(await stored('telegram')).to.include({ source: 'build', previous: null });
  });

  it('gain what this build adds to the lists stored by an earlier one, and lose nothing to an earlier one', async () => {
    const earlier = ['140.82.112.0/20', '198.51.100.0/24'];
    const store = `insert into ip_range_sets (name, cidrs, source, fetched_at) values ($1, $2, $3, now())`;
    await database().pool.query(store, ['github', earlier, 'build']);
    await database().pool.query(store, ['stripe', ['192.0.2.1'], 'file']);
    const lists = ranges();
    await lists.refresh();
    for (const address of ['192.30.252.1', '140.82.115.9', '198.51.100.1'])
      expect(admits(lists, 'github', address), address).to.equal(true);
    expect(await stored('github')).to.include({ source: 'build' });
    expect(await stored('stripe')).to.deep.include({ cidrs: ['192.0.2.1'], source: 'file' });
    expect(lists.held()).to.deep.equal([]);
  });

  it('follow the file, on this replica and on those without one', async () => {
    write({ telegram: ['149.154.160.0/20', '91.108.4.0/22', '198.51.100.0/24'] });
    const lists = ranges(path());
    await lists.refresh();
    expect(admits(lists, 'telegram', '198.51.100.1')).to.equal(true);
    const other = ranges();
    await other.refresh();
    expect(admits(other, 'telegram', '198.51.100.1')).to.equal(true);
    expect(await stored('telegram')).to.include({ source: 'file' });
  });

  it('stay unchanged when the file is missing, empty, not JSON or has one bad entry', async () => {
    const lists = ranges(path());
    write({ telegram: { cidrs: ['198.51.100.0/24'], reviewed: true } });
    await lists.refresh();
    for (const content of [
      '',
      '[',
      '[]',
      '{"telegram":[]}',
      { telegram: ['198.51.100.0/24', 'x'] },
      { telegram: 5 },
      { telegram: ['0.0.0.0/0'] },
    ]) {
      write(content);
      await lists.refresh();
      expect(admits(lists, 'telegram', '198.51.100.1'), JSON.stringify(content)).to.equal(true);
    }
    expect(warnings.length).to.equal(6);
    const missing = ranges(join(folder.path, 'none.json'));
    await missing.refresh();
    expect(admits(missing, 'telegram', '198.51.100.1')).to.equal(true);
  });

  it('are those of this build when the first file ever read has an empty list, so that its senders are not refused', async () => {
    write({ telegram: [], stripe: { cidrs: [], reviewed: true } });
    const lists = ranges(path());
    await lists.refresh();
    expect(admits(lists, 'telegram', '149.154.167.1')).to.equal(true);
    expect(admits(lists, 'stripe', '3.18.12.63')).to.equal(true);
    expect(await stored('telegram')).to.include({ source: 'build' });
    expect(warnings).to.deep.equal([
      'a managed address list in the file is empty, the built-in one is used',
      'a managed address list in the file is empty, the built-in one is used',
    ]);
    write({ telegram: ['198.51.100.0/24', '91.108.4.0/22', '149.154.160.0/20'] });
    await lists.refresh();
    expect(admits(lists, 'telegram', '198.51.100.1')).to.equal(true);
  });

  it('are taken from the first file, with a warning if most of what this build knows is missing', async () => {
    write({ telegram: ['198.51.100.0/24'], stripe: { cidrs: ['192.0.2.1'], reviewed: true } });
    const lists = ranges(path());
    for (let read = 0; read < 2; read += 1) await lists.refresh();
    expect(admits(lists, 'telegram', '198.51.100.1')).to.equal(true);
    expect(admits(lists, 'telegram', '149.154.167.1')).to.equal(false);
    expect(warnings).to.deep.equal([
      'a managed address list lacks more than half of the built-in one, and is used all the same',
    ]);
  });

  it('wait for an operator when more than half of the entries would be removed', async () => {
    const lists = ranges(path());
    write({ stripe: ['192.0.2.1', '192.0.2.2', '192.0.2.3'] });
    await lists.refresh();
    write({ stripe: ['192.0.2.3', '192.0.2.4'] });
    await lists.refresh();
    expect(lists.held()).to.deep.equal(['stripe']);
    expect(admits(lists, 'stripe', '192.0.2.1')).to.equal(true);
    expect(admits(lists, 'stripe', '192.0.2.4')).to.equal(false);
    expect(await stored('stripe')).to.deep.include({ pending_review: ['192.0.2.3', '192.0.2.4'] });
    write({ stripe: { cidrs: ['192.0.2.3', '192.0.2.4'], reviewed: true } });
    await lists.refresh();
    expect(lists.held()).to.deep.equal([]);
    expect(admits(lists, 'stripe', '192.0.2.1')).to.equal(false);
    expect(admits(lists, 'stripe', '192.0.2.4')).to.equal(true);
    expect(await stored('stripe')).to.deep.include({
      pending_review: null,
      previous: ['192.0.2.1', '192.0.2.2', '192.0.2.3'],
    });
  });

  it('stop waiting when the file no longer offers a different list, and remain in force', async () => {
    const counting = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];
    for (const withoutStripe of [path(), undefined]) {
      const lists = ranges(path());
      write({ stripe: { cidrs: counting, reviewed: true } });
      await lists.refresh();
      write({ stripe: ['198.51.100.1'] });
      await lists.refresh();
      expect(lists.held()).to.deep.equal(['stripe']);
      write('[');
      await lists.refresh();
      expect(lists.held(), 'a file that says nothing takes nothing back').to.deep.equal(['stripe']);
      write({ telegram: ['149.154.160.0/20', '91.108.4.0/22'] });
      const later = ranges(withoutStripe);
      await later.refresh();
      expect(later.held()).to.deep.equal([]);
      expect(await stored('stripe')).to.deep.include({
        cidrs: counting,
        pending_review: null,
        source: 'file',
      });
    }
  });

  it('that come from a build remain those of the build while another list waits', async () => {
    const lists = ranges(path());
    write({});
    await lists.refresh();
    write({ telegram: ['198.51.100.1'] });
    await lists.refresh();
    expect(lists.held()).to.deep.equal(['telegram']);
    expect(await stored('telegram')).to.include({ source: 'build' });
    write('[');
    await lists.refresh();
    expect(lists.held()).to.deep.equal(['telegram']);
    write({});
    await lists.refresh();
    expect(lists.held()).to.deep.equal([]);
    expect(await stored('telegram')).to.deep.include({ pending_review: null, source: 'build' });
  });
});
