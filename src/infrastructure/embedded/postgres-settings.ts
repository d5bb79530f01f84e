/** Loopback only, and yet with a password, since every local user can connect to a loopback port. */
const reach = { listen_addresses: '127.0.0.1', unix_socket_directories: '' };

/** An answer that was sent must be in the trail after any crash: never trade these for speed. */
const durability = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' };

/**
 * One service on one machine: few connections, no replication, and none of the processes for it. The whole server stays
 * near 45 MB (proportional set size) with ten busy connections; the page cache does the rest.
 */
const footprint = {
  max_connections: '40',
  shared_buffers: '32MB',
  huge_pages: 'off',
  jit: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_logical_replication_workers: '0',
  max_worker_processes: '4',
  max_parallel_workers: '2',
  autovacuum: 'on',
};

/**
 * With few buffers, most pages are written by the statements themselves. Written back to disk continuously they cost
 * nothing; if the kernel collects them until a checkpoint, its fsync holds up all commits for 50 to 150 ms (with 11 KB
 * bodies at 2,200/s, 590 ms of a checkpoint's fsyncs became 70).
 */
const writeback = { backend_flush_after: '256kB' };

/**
 * Messages of the server go to our log. Failed statements are reported to the client that sent them and kept out of the
 * log, because their text contains values (addresses, and whatever a caller passed as an id).
 */
const messages = {
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_checkpoints: 'off',
  log_line_prefix: '',
  lc_messages: 'C',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/** Version 18 by default reads through three helper processes, which at this size only cost memory. */
const sinceVersion18 = { io_method: 'sync' };

/** Command line arguments of `postgres`, which take precedence over the files in the data folder. */
export const postgresSettings = (majorVersion: number): readonly string[] =>
  Object.entries({
    ...reach,
    ...durability,
    ...footprint,
    ...writeback,
    ...messages,
    ...(majorVersion >= 18 ? sinceVersion18 : {}),
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
