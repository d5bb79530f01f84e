import { expect } from 'chai';
import { postgresSettings } from '../../../../src/infrastructure/embedded/postgres-settings.ts';

describe('postgresSettings', () => {
  it('never trades an acknowledged row for speed', () => {
    expect(postgresSettings(18)).to.include.members([
      'fsync=on',
      'synchronous_commit=on',
      'full_page_writes=on',
    ]);
  });

  it('writes pages to the disk continuously, so that no checkpoint delays the commits', () => {
    expect(postgresSettings(18)).to.include('backend_flush_after=256kB');
  });

  it('keeps settings that an older server does not know from it', () => {
    expect(postgresSettings(18)).to.include('io_method=sync');
    expect(postgresSettings(17)).not.to.include('io_method=sync');
  });
});
