// Loaded before the service (NODE_OPTIONS=--import): gives a test two bugs that it can trigger by a signal.
process.on('SIGUSR2', () => {
  throw new Error('a planted bug, api_key=AIzaSyA-planted-secret-000000000000000');
});
process.on('SIGPROF', () => void Promise.reject(new TypeError('a planted rejection')));
