/*
 * Loaded into a replica before Signet: an error that nobody expected, as a flaw in a library would make it.
 * SIGHUP throws it out of a listener; SIGWINCH makes a promise that nobody waits for fail with it.
 */
process.on('SIGHUP', () => {
  throw new Error('planted: thrown by a listener');
});

process.on('SIGWINCH', () => {
  void Promise.reject(new Error('planted: nobody waits for this'));
});
